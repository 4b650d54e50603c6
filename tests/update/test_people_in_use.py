"""Accounts in use, with live sessions and columns of the owner, over an update.

The piece `mail` comes with 0.13.0, and stays off until it is switched on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from itertools import product
from pathlib import Path

import copier
import pytest

from tests.support.rendering import files
from tests.support.rendering import git
from tests.support.running.database_servers import DatabaseServer
from tests.support.running.database_servers import SERVERS
from tests.support.sampling import at_night
from tests.update import projects_to_update
from tests.update.in_use import passes_its_tests
from tests.update.people import ENDED
from tests.update.people import ENDING
from tests.update.people import MAILED
from tests.update.people import MAILING
from tests.update.people import People
from tests.update.people import UNMAILED
from tests.update.people import VISITED
from tests.update.projects_to_update import answers_of
from tests.update.projects_to_update import Project
from tests.update.projects_to_update import updated
from tests.update.published import WORK_TREE
from tests.update.scenarios import append
from tests.update.scenarios import new
from tests.update.starts import before
from tests.update.starts import EVERYTHING

# The newest before migrations kept all rows on SQLite, and the newest without mail.
STARTS = [before("0.7.0")[-1], before("0.13.0")[-1]]
# Each release once; --all takes each of them on each database.
ON_SQLITE = STARTS if EVERYTHING else STARTS[:1]
ON_SERVERS = list(product(STARTS, SERVERS))

MAIL, OWN_MAIL = "app/templates/mail/test.txt", "app/templates/mail/ours.txt"


def keeps_its_people(people: People, tmp_path: Path) -> None:
    """Update and migrate: everybody stays, and stays logged in."""
    people.start()

    people.update(tmp_path / "updated")
    assert answers_of(people.folder)["mail"] is False
    people.migrate_with_rows()
    (counted,) = people.sql("SELECT count(*) FROM users WHERE NOT is_confirmed")
    assert counted == [[0]]
    assert people.visits() == VISITED
    people.commit("updated")


def takes_mail(people: People, tmp_path: Path) -> None:
    """Switch mail on: everybody stays, and people of before use it too."""
    rows = people.rows()
    people.update(tmp_path / "with-mail", mail=True)
    assert answers_of(people.folder)["mail"] is True
    assert people.is_migrated()
    assert people.rows() == rows
    assert people.visits() == VISITED
    assert people.script(MAILING) == MAILED
    people.commit("with mail")


def leaves_mail(people: People, tmp_path: Path) -> None:
    """Switch mail off, which takes the files that were named, and nothing else."""
    folder, rows = people.folder, people.rows()
    append(folder, MAIL, "\nSent by us.\n")
    new(folder, OWN_MAIL, "Ours.\n")
    people.commit("mails of ours")
    present = files(folder)

    with pytest.raises(copier.errors.UserMessageError, match="remove=mail") as refused:
        updated(folder, WORK_TREE, mail=False)
    assert files(folder) == present
    assert git(folder, "status", "--porcelain") == ""

    people.update(tmp_path / "without", OWN_MAIL, mail=False, remove="mail")
    gone = present.keys() - files(folder).keys()
    assert MAIL in gone
    assert named(str(refused.value)) == Counter(str(Path(name).parent) for name in gone)
    assert (folder / OWN_MAIL).read_text() == "Ours.\n"
    assert answers_of(folder)["mail"] is False
    assert people.is_migrated()
    assert people.rows() == rows
    assert people.visits() == VISITED
    gone_pages = "404\n404\n404\n"
    assert people.script(UNMAILED) == f"/dashboard\n/auth/login\n200\n{gone_pages}"


def named(message: str) -> Counter[str]:
    """Return how many files in which folders a refusal names."""
    found = re.findall(r"(\d+) in ([^\s,)]+)", message)
    return Counter({folder: int(number) for number, folder in found})


@pytest.fixture(params=ON_SQLITE)
def release(request: pytest.FixtureRequest) -> str:
    """The release that a project comes from."""
    return str(request.param)


@pytest.fixture
def on_sqlite(
    release: str, project: Project, published: Path, environment: Path, tmp_path: Path
) -> People:
    url = f"sqlite:///{tmp_path}/people.db"
    return People(project(release, "website"), published, environment, url)


@pytest.fixture
def on_a_server(
    release: str,
    server: DatabaseServer,
    with_driver: Path,
    published: Path,
    tmp_path: Path,
) -> People:
    folder = projects_to_update.rendered(
        published, release, tmp_path / "project", preset="website", database=server.name
    )
    projects_to_update.committed(folder)
    return People(folder, published, with_driver, server.database("people"))


def test_people_on_sqlite_stay_logged_in_with_mail_and_without(
    on_sqlite: People, sound: Callable[..., None], tmp_path: Path
) -> None:
    keeps_its_people(on_sqlite, tmp_path)
    for step in (takes_mail, leaves_mail):
        step(on_sqlite, tmp_path)
        sound(on_sqlite.folder, as_it_is=False)
        # The tests of the maintained files are as in a fresh render.
        own = "--ignore=tests/maintained"
        passes_its_tests(on_sqlite.folder, on_sqlite.python, own)

    assert on_sqlite.script(ENDING, on_sqlite.cookies) == ENDED


@at_night("each server takes more than a minute")
@pytest.mark.parametrize(("release", "server"), ON_SERVERS, indirect=True)
def test_people_on_a_server_stay_logged_in_with_mail_and_without(
    on_a_server: People, tmp_path: Path
) -> None:
    for step in (keeps_its_people, takes_mail, leaves_mail):
        step(on_a_server, tmp_path)

    assert on_a_server.script(ENDING, on_a_server.cookies) == ENDED
