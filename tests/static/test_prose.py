"""The prose of both houses is plain technical English."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.static.prose import areas
from tests.static.prose import found
from tests.static.prose import report

# Idioms for 1000 lines of prose. A limit is lowered as its texts get better, to 4 in
# the end, and never raised.
LIMITS = {
    "render, code": 4,
    "render, documents": 4,
    "render, tests": 4,
    "template, documents": 4,
    "template, tests": 4,
    "template, measures": 0,
    "changelog from 0.9.0": 4,
}


def test_the_prose_of_each_area_is_plain(measured: Callable[[str], None]) -> None:
    counted = areas()
    for line in report(counted):
        measured(line)
    too_many = [part for part in counted if part.rate > LIMITS[part.name]]

    assert [part.name for part in counted] == list(LIMITS)
    assert [str(f) for part in too_many for f in part.findings[:20]] == []


@pytest.mark.parametrize(
    "idiom",
    [
        "it is made anew", "names are for ever", "it stands in a file",
        "the line bears a number", "whoever asks", "whatever it says", "it goes on",
        "the cache gives way", "it tells that the process answers", "nobody knows",
        "somebody's name", "a rule meets it", "a folder of its own",
        "it is slow, since it waits", "it fails, for it is closed",
        "this alone is read", "mend the file", "where there is a proxy",
    ],
)  # fmt: skip
def test_an_idiom_is_found_also_across_lines(idiom: str) -> None:
    assert list(found("page", [(1, idiom)]))
    assert list(found("page", list(enumerate(idiom.split(), 1))))


@pytest.mark.parametrize(
    "text",
    [
        "leave it alone", "owners leave alone", "the standard bearer token",
        "since Flask 2.3", "understands", "settings for them", "meeting", "amend",
        "it went", "a class of your own",
    ],
)  # fmt: skip
def test_an_ordinary_word_is_not_found(text: str) -> None:
    assert not list(found("page", [(1, text)]))
