"""Mail about accounts: links to a new password, and notices of changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts import administration
from app.accounts import confirmation
from app.accounts import deletion
from app.accounts import email_change
from app.accounts import invitations
from app.accounts import mail_limits
from app.accounts import mails
from app.accounts import resets
from app.accounts import tokens
from app.accounts import users
from app.extensions import db
from app.models import User
from tests.support.accounts import Account
from tests.support.accounts import PASSWORD
from tests.support.applications import log_from_now_on
from tests.support.mail_fixtures import text_of

pytestmark = pytest.mark.usefixtures("as_shipped", "site_with_links")

NEW = "a longer horse, a better battery"
PLACE = "https://www.example.com/new/"


@pytest.fixture
def site_with_links(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def link(endpoint: str, **values: str) -> str:
        assert endpoint == resets.ENDPOINT
        return PLACE + values["token"]

    monkeypatch.setattr("app.core.links.link", link)
    monkeypatch.setitem(app.config, "MAIL_ADDRESS_LIMIT", "5 per hour")
    monkeypatch.setitem(app.config, "WEB_CONCURRENCY", 1)
    with app.app_context():
        yield


def account_of(user: Account) -> User:
    return db.session.get_one(User, user.id)


def token_in(mail: EmailMessage) -> str:
    return text_of(mail).partition(PLACE)[2].split()[0]


def test_who_has_an_account_gets_a_link(
    user: Account, outbox: list[EmailMessage]
) -> None:
    mails.ask_for_reset(user.email)

    (sent,) = outbox
    assert sent["To"] == user.email
    assert PLACE in text_of(sent, "html")
    assert resets.set_password(token_in(sent), NEW)


@pytest.mark.parametrize("who", ["unknown", "inactive"])
def test_nobody_else_gets_mail(
    who: str, user: Account, outbox: list[EmailMessage]
) -> None:
    users.deactivate(account_of(user))

    mails.ask_for_reset(user.email if who == "inactive" else "new@example.com")

    assert outbox == []


def test_an_account_that_is_not_confirmed_gets_a_link_which_confirms_it(
    user: Account, outbox: list[EmailMessage]
) -> None:
    account_of(user).is_confirmed = False
    db.session.commit()

    mails.ask_for_reset(user.email)

    assert resets.set_password(token_in(outbox[0]), NEW)
    db.session.expire_all()
    assert account_of(user).is_confirmed


def test_mails_of_another_kind_do_not_shut_out_the_link_to_a_new_password(
    user: Account, outbox: list[EmailMessage]
) -> None:
    for _ in range(8):
        confirmation.tell_owner(user.email)

    mails.ask_for_reset(user.email)

    assert resets.set_password(token_in(outbox[-1]), NEW)


def test_an_account_that_is_to_be_deleted_is_kept_with_a_new_password(
    user: Account, outbox: list[EmailMessage]
) -> None:
    account_of(user).is_active = False
    account_of(user).delete_after = datetime.now(UTC) + timedelta(days=1)
    db.session.commit()

    mails.ask_for_reset(user.email)

    assert resets.set_password(token_in(outbox[0]), NEW)
    assert users.authenticate(user.email, NEW)
    db.session.expire_all()
    assert account_of(user).is_active
    assert account_of(user).delete_after is None


def test_an_account_whose_time_has_come_gets_no_link(
    user: Account, outbox: list[EmailMessage]
) -> None:
    account_of(user).is_active = False
    account_of(user).delete_after = datetime.now(UTC) - timedelta(seconds=1)
    db.session.commit()

    mails.ask_for_reset(user.email)

    assert outbox == []


def test_a_mailbox_is_not_flooded_and_the_last_link_stays_valid(
    app: Flask, user: Account, outbox: list[EmailMessage]
) -> None:
    lines = log_from_now_on()
    most = app.extensions["tries"].allowed(mail_limits.TO_ADDRESS)

    for _ in range(8):
        mails.ask_for_reset(user.email)

    assert len(outbox) == most
    assert lines.getvalue().count("A mail is not sent") == 8 - most
    assert resets.set_password(token_in(outbox[-1]), NEW)


def test_every_change_of_a_password_is_told_to_its_owner(
    user: Account, outbox: list[EmailMessage]
) -> None:
    assert users.change_password(account_of(user), PASSWORD, NEW)
    administration.set_password(account_of(user), PASSWORD)
    token = resets.link(account_of(user)).removeprefix(PLACE)
    assert resets.set_password(token, NEW)

    assert [mail["To"] for mail in outbox] == [user.email] * 3
    assert {mail["Subject"] for mail in outbox} == {"password_changed"}


@pytest.mark.parametrize("event", ["password", "address"])
def test_a_stranger_fills_no_mailbox_with_notices_and_the_owner_gets_every_one(
    event: str, app: Flask, user: Account, outbox: list[EmailMessage]
) -> None:
    account, most = (
        account_of(user),
        app.extensions["tries"].allowed(mail_limits.TO_ADDRESS),
    )
    for is_confirmed in (True, False):
        account.is_confirmed = is_confirmed
        db.session.commit()
        outbox.clear()

        for number in range(8):
            if event == "password":
                users.announce_password(user.id, user.email, ended=0)
            else:
                move(account, user.email, f"new{number}@example.com", is_confirmed)

        assert len(outbox) == (8 if is_confirmed else most)
        assert {mail["To"] for mail in outbox} == {user.email}


def move(account: User, old: str, new: str, is_confirmed: bool) -> None:
    """Change the address of an account, and put it back as it was."""
    hour = timedelta(hours=1)
    token = tokens.create(email_change.PURPOSE, new, hour, user=account)
    assert email_change.change(account, token)
    account.email, account.is_confirmed = old, is_confirmed
    db.session.commit()


def test_the_owner_is_told_of_a_deletion_that_is_planned_and_when_it_is_done(
    user: Account, outbox: list[EmailMessage]
) -> None:
    when = datetime(2040, 2, 29, 12, tzinfo=UTC)

    assert deletion.plan(user.id, sa.true(), when)
    assert deletion.delete(user.id, sa.true())

    planned, done = outbox
    assert planned["To"] == done["To"] == user.email
    assert planned["Subject"] == "deletion_planned"
    assert str(when) in text_of(planned)
    assert done["Subject"] == "account_deleted"


@pytest.mark.parametrize(("confirmed", "told"), [(True, 1), (False, 0)])
def test_the_deletion_of_an_account_fills_no_mailbox_of_a_stranger(
    confirmed: bool, told: int, user: Account, outbox: list[EmailMessage]
) -> None:
    account_of(user).is_confirmed = confirmed
    db.session.commit()
    while mail_limits.may_mail("account_deleted", user.email):
        pass

    deletion.delete(user.id, sa.true())

    assert len(outbox) == told


@pytest.mark.parametrize(("days", "links"), [(1, 1), (-1, 0)])
def test_an_account_to_be_deleted_gets_a_link_as_long_as_a_log_in_keeps_it(
    days: int, links: int, user: Account, outbox: list[EmailMessage]
) -> None:
    deletion.plan(user.id, sa.true(), datetime.now(UTC) + timedelta(days=days))
    outbox.clear()

    mails.ask_for_reset(user.email)

    assert len(outbox) == links
    for mail in list(outbox):
        assert resets.set_password(token_in(mail), NEW)
        assert users.authenticate(user.email, NEW)


def test_a_password_that_stays_is_not_told(
    user: Account, outbox: list[EmailMessage]
) -> None:
    assert not users.change_password(account_of(user), "wrong", NEW)
    users.authenticate(user.email, PASSWORD)

    assert outbox == []


def test_an_invited_person_gets_the_link(
    outbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resets, "ENDPOINT", invitations.ENDPOINT)

    invitations.invite("new@example.com")

    (sent,) = outbox
    assert sent["To"] == "new@example.com"
    assert invitations.find(token_in(sent)) == "new@example.com"
