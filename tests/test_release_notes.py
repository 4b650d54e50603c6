"""Advisories and changes of behaviour: what their files may say, and their pages."""

from __future__ import annotations

import json

import pytest

from tests.commands import release_notes
from tests.support.facts.release_notes import ADVISORIES
from tests.support.facts.release_notes import BEHAVIOUR_CHANGES
from tests.support.facts.release_notes import Entry
from tests.support.facts.release_notes import faults
from tests.support.facts.release_notes import OF_ADVISORY
from tests.support.facts.release_notes import OF_CHANGE
from tests.support.facts.release_notes import RELEASES
from tests.support.rendering import ROOT


def test_the_advisories_are_declared_as_the_file_says() -> None:
    assert faults(ADVISORIES, OF_ADVISORY) == []
    ids = [advisory["id"] for advisory in ADVISORIES]
    assert len({*ids}) == len(ids) > 0


def test_the_changes_of_behaviour_are_declared_as_the_file_says() -> None:
    assert faults(BEHAVIOUR_CHANGES, OF_CHANGE) == []
    order = [RELEASES.index(change["release"]) for change in BEHAVIOUR_CHANGES]
    assert order == sorted(order, reverse=True)


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        ({"since": "0.1.0"}, "since is unknown"),
        ({"do_now": None}, "do_now is no text"),
        ({"from": "0.1.5"}, "0.1.5 is no release"),
        ({"from": 0.1}, "from is no text"),
        ({"from": "0.7.0"}, "from 0.7.0 is not before 0.7.0"),
        ({"from": "0.8.0"}, "from 0.8.0 is not before 0.7.0"),
        ({"with": ["accounts"]}, "accounts is no answer"),
        ({"with": ["database=oracle"]}, "database=oracle is no answer"),
        ({"with": ["database=sqlite|oracle"]}, "is no answer"),
        ({"id": "CF-1"}, "id is no CF-YEAR-NUMBER"),
        ({"fault": "x" * 230 + "."}, "more than 225 characters"),
        ({"fault": "Rows are lost"}, "fault ends without a full stop"),
        ({"changelog": "Rows are found."}, "the entry of 0.7.0 does not say so"),
    ],
)
def test_a_wrong_advisory_is_refused(planted: Entry, fault: str) -> None:
    (found,) = faults([{**ADVISORIES[0], **planted}], OF_ADVISORY)
    assert fault in found


@pytest.mark.parametrize("key", sorted(OF_ADVISORY[0]))
def test_an_advisory_without_a_key_is_refused(key: str) -> None:
    entry = {name: value for name, value in ADVISORIES[0].items() if name != key}
    assert any(f"{key} is missing" in found for found in faults([entry], OF_ADVISORY))


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        ({"setting": "A"}, "setting is unknown"),
        ({"release": "9.9.9"}, "9.9.9 is no release"),
        ({"with": ["tasks=celery"]}, "tasks=celery is no answer"),
        ({"keep": "set it back"}, "is no setting with a value"),
        ({"kept": False}, "kept is true, or left out"),
        ({"kept": True}, "is no answer, which alone can stay as it was"),
        ({"release": "0.15.0"}, "kept is missing"),
    ],
)
def test_a_wrong_change_of_behaviour_is_refused(planted: Entry, fault: str) -> None:
    (found,) = faults([{**BEHAVIOUR_CHANGES[0], **planted}], OF_CHANGE)
    assert fault in found


def test_programs_read_the_advisories_as_json() -> None:
    written = (ROOT / "docs/advisories.json").read_text()

    assert written == release_notes.advisories_as_json(), "run: just record"
    assert [entry["id"] for entry in json.loads(written)["advisories"]] == [
        advisory["id"] for advisory in ADVISORIES
    ]
