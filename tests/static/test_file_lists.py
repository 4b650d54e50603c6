"""The files that each answer brings are those of the record: a change is reviewed."""

from __future__ import annotations

from file_lists import cases
from file_lists import COMMAND
from file_lists import differences
from file_lists import file_lists
from file_lists import RECORD
from file_lists import recorded
from file_lists import written
from rendering import Renderer
from rendering import ROOT


def test_answers_bring_the_files_that_are_recorded(render: Renderer) -> None:
    found = differences(recorded(), file_lists(render, cases()))

    assert not found, (
        "other files come than file_lists.yml has; if each is meant, record them by\n"
        f"{COMMAND}\n" + "\n".join(found)
    )


def test_the_record_reads_as_it_is_written() -> None:
    assert RECORD.read_text() == written(recorded())


def test_the_command_that_records_is_that_of_the_page() -> None:
    assert COMMAND in (ROOT / "CONTRIBUTING.md").read_text()
