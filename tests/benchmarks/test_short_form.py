"""Each measure works, with counts that are too small for a figure."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import page
from benchmarks.measures import cache_headers
from benchmarks.measures import Measure
from benchmarks.measures import requests
from benchmarks.measures import statements
from benchmarks.place import Application
from benchmarks.place import Place
from benchmarks.registry import MEASURES
from benchmarks.scale import SHORT
from tests.support.rendering import ROOT

# The others need a path, and many minutes.
HERE = [measure for measure in MEASURES if not measure.needs_peer]


@pytest.mark.parametrize("measure", HERE, ids=lambda measure: measure.number)
def test_each_measure_gives_a_ratio(measure: Measure, place: Place) -> None:
    """Each of them also refuses two sides that answer differently."""
    ratio = measure.run(place)

    assert 0 < ratio.value < math.inf
    assert ratio.low <= ratio.value <= ratio.high


def test_the_page_has_the_statements_of_each_route(place: Place) -> None:
    table = page.between(page.PAGE.read_text(), "statements")

    assert table == statements.table(statements.statements(place)), (
        "if the change is meant, write the table: just bench --write 16"
    )


@pytest.fixture
def other(place: Place, tmp_path: Path) -> Application:
    """Bare Flask that answers something else."""
    shutil.copytree(place.bare.folder, tmp_path / "other")
    run = tmp_path / "other/run.py"
    run.write_text(run.read_text().replace('"ok"', '"different"'))
    return Application(tmp_path / "other", place.bare.environment)


def test_sides_that_answer_differently_are_not_compared(
    place: Place, other: Application
) -> None:
    command = ("gunicorn", "--bind=127.0.0.1:PORT", "run:app")

    with pytest.raises(RuntimeError, match="different answers"):
        requests.called(place, place.bare, other, requests.JSON, user=False)
    with pytest.raises(RuntimeError, match="different answers"):
        requests.served(place, (place.bare, command), (other, command))


def test_a_page_that_is_no_200_is_not_measured(place: Place) -> None:
    with pytest.raises(RuntimeError, match="not the page that is measured"):
        requests.called(place, place.bare, place.bare, "/no-such-page", user=False)


def with_routes(place: Place, folder: Path, code: str) -> Application:
    """Return a copy of our application with code below its routes."""
    copied = shutil.copytree(place.ours.folder, folder)
    routes = copied / "app/main/routes.py"
    routes.write_text(routes.read_text() + code)
    return Application(copied, place.ours.environment)


def test_a_route_without_a_visit_is_named(place: Place, tmp_path: Path) -> None:
    code = '\n\n@bp.get("/news")\ndef news(): ...\n'
    (changed := Place(tmp_path, SHORT)).__dict__["ours"] = with_routes(
        place, tmp_path / "project", code
    )

    with pytest.raises(RuntimeError, match=r"misses \['GET main.news'\]"):
        statements.statements(changed)


OF_A_SESSION = """

from flask import session


@bp.after_app_request
def personal(response):
    if "csrf_token" in session:
        response.headers["Set-Cookie"] = "a=1"
    return response
"""


def test_the_cookie_of_a_visitor_is_a_session_that_the_site_reads(
    place: Place, tmp_path: Path
) -> None:
    (changed := Place(tmp_path, SHORT)).__dict__["ours"] = with_routes(
        place, tmp_path / "project", OF_A_SESSION
    )

    found = cache_headers.personal_headers(changed)

    assert "Set-Cookie" not in found["/ without a cookie"]
    assert "Set-Cookie" in found["/ with a cookie"]


def test_nothing_but_a_full_run_writes_figures() -> None:
    for arguments in (
        ["--short", "--write"],
        ["--short", "--history=x"],
        ["--rounds=3"],
    ):
        with pytest.raises(SystemExit):
            command.options(arguments)
    for arguments in (["99"], ["--peer=/no/such/folder"]):
        with pytest.raises(SystemExit):
            command.options(arguments)


def test_a_measure_that_needs_the_peer_runs_only_with_its_path() -> None:
    without = command.chosen(command.options([]))
    given = command.chosen(command.options([f"--peer={ROOT}", "12"]))

    assert without == HERE
    assert [measure.number for measure in given] == ["12"]
