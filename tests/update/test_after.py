"""After an update: the project's own tests, and its database with rows in it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.support.rendering import commit_all
from tests.support.rendering import run
from tests.support.sampling import at_night
from tests.update.in_use import ALREADY_RUN
from tests.update.in_use import brought_up_to_date
from tests.update.in_use import flask
from tests.update.in_use import has_one_head
from tests.update.in_use import insert
from tests.update.in_use import passes_its_tests
from tests.update.in_use import rows
from tests.update.in_use import tables
from tests.update.projects_to_update import Project
from tests.update.projects_to_update import record
from tests.update.projects_to_update import updated
from tests.update.published import COMING
from tests.update.published import WORK_TREE
from tests.update.scenarios import applied
from tests.update.scenarios import SCENARIOS
from tests.update.starts import EVERYTHING
from tests.update.starts import FEW
from tests.update.starts import OLDEST
from tests.update.starts import presets

# The smallest projects of the oldest release; lives run all tests of others.
SMALLEST = [(FEW[0], "minimal")]
EVERY = [(release, preset) for release in FEW for preset in presets(release)]


@pytest.mark.parametrize(("release", "preset"), EVERY if EVERYTHING else SMALLEST)
def test_an_updated_project_keeps_its_rows_and_passes_its_tests(
    release: str, preset: str, project: Project, environment: Path
) -> None:
    ours = project(release, preset)
    applied(ours, SCENARIOS["a model"])
    flask(ours, environment, "db", "upgrade")
    insert(ours, "INSERT INTO tickets (id, text) VALUES (1, 'Where is it?')")
    insert(ours, "INSERT INTO tickets (id, text) VALUES (2, 'Still waiting.')")
    commit_all(ours, "in use")

    updated(ours, WORK_TREE)

    brought_up_to_date(ours, environment)
    assert has_one_head(ours, environment)
    assert rows(ours, "tickets") == [(1, "Where is it?"), (2, "Still waiting.")]
    # All tests of a small project here, and of a large one in test_switching.py.
    whole = (release, preset) == (OLDEST, "minimal")
    passes_its_tests(ours, environment, *([] if whole else ALREADY_RUN))


@at_night("a minute")
def test_a_model_and_then_a_column_reach_a_database_with_rows(
    project: Project, environment: Path
) -> None:
    ours = project(OLDEST, "website")
    applied(ours, SCENARIOS["a model"])
    flask(ours, environment, "db", "upgrade")
    insert(ours, "INSERT INTO tickets (id, text) VALUES (1, 'Where is it?')")

    for tag in COMING:
        updated(ours, tag)
        # A shipped revision would be a second head beside the user's own.
        assert not list((ours / "migrations/versions").glob("000000000001*"))
        brought_up_to_date(ours, environment)
        insert(ours, "INSERT INTO visits (path) VALUES ('/')")
        commit_all(ours, f"update to {tag}")

    assert has_one_head(ours, environment)
    assert rows(ours, "tickets") == [(1, "Where is it?")]
    assert rows(ours, "visits") == [
        (1, "/", None),
        (2, "/", None),
    ]
    # All tests: nothing else runs those of the maintained files of a release to come.
    passes_its_tests(ours, environment)


def test_a_copy_of_a_release_with_a_model_has_its_revision(
    project: Project, environment: Path
) -> None:
    ours = project(COMING[0], "website")
    assert list((ours / "migrations/versions").glob("000000000001*"))
    flask(ours, environment, "db", "upgrade")
    insert(ours, "INSERT INTO visits (path) VALUES ('/')")

    updated(ours, COMING[1])
    brought_up_to_date(ours, environment)

    assert has_one_head(ours, environment)
    assert rows(ours, "visits") == [(1, "/", None)]


@pytest.mark.parametrize(
    ("configuration", "before", "made"),
    [
        ("development", "", True),
        ("development", "CREATE TABLE mine (id INTEGER)", False),
        ("production", "", False),
    ],
    ids=["new in development", "in use in development", "production"],
)
def test_only_a_new_database_in_development_is_made_by_a_request(
    configuration: str, before: str, made: bool, project: Project, environment: Path
) -> None:
    ours = project(COMING[0], "website")
    (ours / "instance").mkdir()
    with sqlite3.connect(ours / "instance/app.db") as connection:
        connection.execute(before)
    connection.close()

    request = "from run import app; print(app.test_client().get('/api/health').json)"
    settings = {
        "APP_CONFIG": configuration,
        "DATABASE_URL": "sqlite:///app.db",
        "SECRET_KEY": "k" * 48,
        "TRUSTED_HOSTS": "localhost",
        "SITE_URL": "https://localhost",
    }
    answer = run(ours, str(environment), "-c", request, **settings)

    assert "{'status': 'ok'}" in answer
    assert ("visits" in tables(ours, "app.db")) is made


# Logs in, or says who is logged in, with cookies that one release hands to the next.
VISIT = """
import json, pathlib
from app import create_app

browser, file = create_app().test_client(), pathlib.Path("cookies.json")
if file.exists():
    for name, value in json.loads(file.read_text()):
        browser.set_cookie(name, value)
else:
    browser.application.config["WTF_CSRF_ENABLED"] = False
    form = {"email": "ada@example.com", "password": "correct horse battery staple"}
    browser.post("/auth/register", data=form | {"confirm": form["password"]})
    browser.post("/auth/login", data=form | {"remember": "y"})
    kept = [(cookie.key, cookie.value) for cookie in browser._cookies.values()]
    file.write_text(json.dumps(kept))
    print(sorted(name for name, _ in kept))
print(browser.get("/dashboard").status_code)
"""


@pytest.mark.parametrize("given", [None, "shop"])
def test_an_update_logs_no_one_out_and_a_new_cookie_name_does(
    given: str | None, project: Project, environment: Path
) -> None:
    ours = project("v0.7.0", "website")

    def visit() -> str:
        return run(ours, str(environment), "-c", VISIT, APP_CONFIG="development")

    assert visit() == "['remember_token', 'session']\n200\n"
    commit_all(ours, "cookies of somebody")

    updated(ours, WORK_TREE, **({"cookie_name": given} if given else {}))
    brought_up_to_date(ours, environment)

    assert record(ours)["cookie_name"] == (given or "session")
    assert visit() == ("302\n" if given else "200\n")
