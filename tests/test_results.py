"""The page of results has the figures that a run of the tests recorded."""

from __future__ import annotations

from tests.commands.results import DATA
from tests.commands.results import faults
from tests.commands.results import PAGE
from tests.commands.results import page
from tests.commands.results import read


def test_the_page_has_the_figures_of_the_recorded_run() -> None:
    data = read(DATA)

    assert PAGE.read_text() == page(data)
    assert not [fault for one in data[1:] for fault in faults(one)]


def test_a_lost_edit_and_a_test_that_failed_are_on_the_page() -> None:
    run, *records = read(DATA)
    lost = next(one for one in records if "edit" in one) | {"lost": ["README.md"]}
    failed = {"test": "tests/update/test_a.py::test_b", "passed": False}

    written = page([run, *records, lost, failed])

    assert "**Something was wrong:**" in written
    assert ": lost: README.md\n" in written
    assert "- `test_b` failed\n" in written
    assert written != page([run, *records])
