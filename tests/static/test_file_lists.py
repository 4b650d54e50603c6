"""The files that each answer brings are those of the record: a change is reviewed."""

from __future__ import annotations

from tests.static.file_lists import cases
from tests.static.file_lists import COMMAND
from tests.static.file_lists import differences
from tests.static.file_lists import file_lists
from tests.static.file_lists import RECORD
from tests.static.file_lists import recorded
from tests.static.file_lists import written
from tests.support.rendering import attempt
from tests.support.rendering import BIN
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT
from tests.support.rendering import said


def test_answers_add_the_recorded_files(render: Renderer) -> None:
    found = differences(recorded(), file_lists(render, cases()))

    assert not found, (
        "other files come than file_lists.yml has; if each is meant, record them by\n"
        f"{COMMAND}\n" + "\n".join(found)
    )


def test_the_written_record_can_be_read_back() -> None:
    assert RECORD.read_text() == written(recorded())


def test_the_documented_command_writes_the_record() -> None:
    *_, recipe = COMMAND.split()
    done = attempt(ROOT, str(BIN / "just"), "--dry-run", recipe)

    assert "python -m tests.static.file_lists" in said(done)
    assert f"`just {recipe}`" in (ROOT / "CONTRIBUTING.md").read_text()
