"""No form tells a stranger who has an account, not by its time either."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served import alike
from tests.served.alike import Case
from tests.served.alike import Site
from tests.support.browsers.client import Browser
from tests.support.browsers.client import EMAIL
from tests.support.browsers.client import make_account
from tests.support.browsers.client import PASSWORD
from tests.support.running.projects import until

KINDS = {
    "known": "known@example.com",
    "unknown": "unknown@example.com",
    "inactive": "inactive@example.com",
    "unconfirmed": "unconfirmed@example.com",
}

# For each registration another one is new; the unconfirmed one is not that of KINDS,
# because a second registration takes its password away.
REGISTERED = {
    "new": "new{number}@example.com",
    "taken": KINDS["known"],
    "unconfirmed": "registered@example.com",
}
WANTED = {"free": "free{number}@example.com", "taken": KINDS["known"]}


ACCOUNTS = [
    *(email for kind, email in KINDS.items() if kind != "unknown"),
    REGISTERED["unconfirmed"],
    EMAIL,  # who asks for a change of address
]

UNCONFIRM = "UPDATE users SET is_confirmed = 0 WHERE email = ?"


def log_in(email: str) -> dict[str, str]:
    """Return a wrong password for the account that can log in, else the right one."""
    wrong = "not the password of anybody"
    return {"email": email, "password": wrong if email == KINDS["known"] else PASSWORD}


def registration(email: str) -> dict[str, str]:
    return {"email": email, "password": PASSWORD, "confirm": PASSWORD}


def change(email: str) -> dict[str, str]:
    return {"email": email, "current": PASSWORD}


CASES = [
    Case("a forgotten password", "/auth/reset", KINDS),
    Case("a log-in", "/auth/login", KINDS, log_in),
    Case("a registration", "/auth/register", REGISTERED, registration),
    Case("a link to confirm", "/auth/confirm", KINDS),
    Case("a change of address", "/auth/email", WANTED, change, logged_in=True),
    # Add a form above this line.
]


@pytest.fixture(scope="module")
def site(installed: Callable[..., Path]) -> Iterator[Site]:
    """A site with an account of each kind, and with a mail server."""
    project = installed(preset="website")
    mailbox = alike.empty(project.parent / "mailbox")
    with alike.mail_server(project, mailbox) as port:
        settings = alike.settings_of(project, port)
        for email in ACCOUNTS:
            make_account(project, settings, email=email)
        database = settings["DATABASE_URL"].removeprefix("sqlite:///")
        with sqlite3.connect(database) as connection:
            for change, email in (
                ("UPDATE users SET is_active = 0 WHERE email = ?", KINDS["inactive"]),
                (UNCONFIRM, KINDS["unconfirmed"]),
                (UNCONFIRM, REGISTERED["unconfirmed"]),
            ):
                connection.execute(change, [email])
        connection.close()
        with alike.site(project, settings, mailbox) as running:
            yield running


def test_who_has_an_account_got_mail(site: Site) -> None:
    """It is first, because jobs wait. The times below are of a site that works."""
    before = site.mails()
    browser = Browser(site.server.url)
    case = CASES[0]
    token = browser.token(case.path)

    for address in case.addresses.values():
        alike.sample(browser, case, token, address)

    # The known and the unconfirmed one.
    until(lambda: site.mails() == before + 2, 60)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_all_addresses_are_answered_alike(
    case: Case, site: Site, measured: Callable[[str], None]
) -> None:
    browser = Browser(site.server.url)
    if case.logged_in:
        browser.log_in()
    found = alike.measure(site, browser, case)

    medians = alike.medians(found).items()
    shown = ", ".join(f"{name} {took:.1f} ms" for name, took in medians)
    most = max(alike.MOST, alike.chance(found))
    shown = f"{shown}: {alike.ratio(found):.2f} times, of {most:.2f} at most"
    measured(f"{case.id}: {shown}")
    says = {repr(one.says) for samples in found.values() for one in samples}
    assert len(says) == 1, says
    assert alike.ratio(found) <= most, shown
