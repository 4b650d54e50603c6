"""Tokens for programs: how they are made, stored, found and revoked."""

from __future__ import annotations

import re
import threading
import zlib
from collections.abc import Iterator
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts import api_tokens
from app.accounts import deletion
from app.accounts.api_tokens import NotMadeError
from app.extensions import db
from app.models import ApiToken
from app.models import User
from tests.maintained.statements import statements_of
from tests.support.accounts import Account
from tests.support.accounts import MakeUser
from tests.support.applications import MakeApp

DAY = timedelta(days=1)


@pytest.fixture
def account(app: Flask, user: Account) -> Iterator[int]:
    """The id of an account, inside a context."""
    with app.app_context():
        yield user.id


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """The statements from here on."""
    with statements_of(app) as sent:
        yield sent


def make(
    account: int, name: str = "Build", lifetime: timedelta | None = DAY, **more: Any
) -> str:
    return api_tokens.create(account, name, more.get("scopes", "read"), lifetime)


def stored() -> list[Any]:
    return list(db.session.execute(sa.select(ApiToken.__table__)))


def test_a_token_is_its_prefix_random_characters_and_their_checksum(
    account: int,
) -> None:
    text = make(account)

    found = re.fullmatch(r"([a-z0-9_]+)_([0-9A-Za-z]{30})([0-9A-Za-z]{6})", text)
    assert found
    number, alphabet = 0, api_tokens.ALPHABET
    for character in found[3]:
        number = number * 62 + alphabet.index(character)
    assert number == zlib.crc32(found[2].encode())


def test_the_checksum_is_the_one_of_tokens_that_scanners_know() -> None:
    # A token that GitHub once published as an example.
    assert api_tokens.checksum("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ") == "0mLq17"


def test_two_tokens_differ(account: int) -> None:
    made = {make(account) for _ in range(20)}

    assert len({text[-36:] for text in made}) == 20


@pytest.mark.parametrize(
    ("setting", "site", "begins"),
    [
        ("shop", {}, "shop"),
        ("shop_", {}, "shop"),
        (None, {"cookie_name": "my-flask-app", "name": "x"}, "my_flask_app"),
        (None, {"name": "Café Zürich 24!"}, "caf_z_rich_24"),
        (None, {"name": "2 do"}, "do"),
        (None, {"name": "日本"}, "app"),
        (None, {"name": "a" * 70}, "a" * 30),
        (None, {}, "app"),
    ],
)
def test_the_prefix_is_the_setting_or_made_of_the_name(
    setting: str | None,
    site: dict[str, str],
    begins: str,
    app: Flask,
    account: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "API_TOKEN_PREFIX", setting)
    monkeypatch.setattr(api_tokens, "site", lambda: site)

    text = make(account)

    assert text[:-36] == f"{begins}_"
    assert api_tokens.find(text)


def test_the_prefix_can_change_without_an_end_of_tokens(
    app: Flask, account: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = make(account)
    monkeypatch.setitem(app.config, "API_TOKEN_PREFIX", "other")

    assert api_tokens.find(text)


@pytest.mark.parametrize("prefix", ["A", "1shop", "shop-x", "Shop", "s" * 32])
def test_a_prefix_that_no_token_can_have_is_refused(
    prefix: str, make_app: MakeApp
) -> None:
    with pytest.raises(SystemExit, match="API_TOKEN_PREFIX must be 2 to 31"):
        make_app(API_TOKEN_PREFIX=prefix)


def test_the_table_has_a_hash_and_the_last_characters(account: int) -> None:
    text = make(account, "  Build server ", scopes="read write")

    (row,) = stored()
    assert text not in str(row)
    assert row.token_hash == api_tokens.digest(text)
    assert (row.name, row.hint, row.scopes) == ("Build server", text[-4:], "read write")
    assert row.last_used_at is None
    assert row.expires_at - row.created_at == DAY


def test_a_token_can_have_no_end(account: int) -> None:
    text = make(account, lifetime=None)

    assert stored()[0].expires_at is None
    assert api_tokens.find(text)


@pytest.mark.parametrize("scopes", ["", "write", "admin", "read write admin"])
def test_other_scopes_are_refused(scopes: str, account: int) -> None:
    with pytest.raises(ValueError, match="The scopes are"):
        make(account, scopes=scopes)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("", "needs a name"),
        (" \t", "needs a name"),
        ("a" * 81, "longer than 80"),
        ("a\0b", "cannot be printed"),
        ("a\nb", "cannot be printed"),
        ("a\ud800", "cannot be printed"),
    ],
)
def test_a_name_that_cannot_be_stored_is_refused(
    name: str, fault: str, account: int
) -> None:
    with pytest.raises(ValueError, match=fault):
        make(account, name)
    assert stored() == []


def test_a_name_may_have_any_letters(account: int) -> None:
    make(account, "ü" * 80)

    assert stored()[0].name == "ü" * 80


def test_a_token_finds_its_account(account: int, make_user: MakeUser) -> None:
    text, other = make(account, scopes="read write"), make(make_user().id)

    found = api_tokens.find(text)

    assert found
    assert (found.user.id, found.scopes, found.may_write) == (
        account, "read write", True,
    )  # fmt: skip
    assert (found2 := api_tokens.find(other))
    assert not found2.may_write
    assert found2.user.id != account


@pytest.mark.parametrize("change", ["is_active", "expires_at", "deleted"])
def test_a_token_ends_with_its_time_its_account_and_its_row(
    change: str, account: int
) -> None:
    text = make(account)
    now = datetime.now(UTC)
    if change == "is_active":
        db.session.execute(sa.update(User).values(is_active=False))
    elif change == "expires_at":
        db.session.execute(sa.update(ApiToken).values(expires_at=now))
    else:
        db.session.execute(sa.delete(ApiToken))
    db.session.commit()

    assert api_tokens.find(text) is None


def test_the_tokens_of_a_deleted_account_are_gone(account: int) -> None:
    make(account)

    assert deletion.delete(account, sa.true())

    assert stored() == []


def changed(text: str) -> list[str]:
    last = "a" if text[-1] != "a" else "b"
    middle = "a" if text[-20] != "a" else "b"
    return [
        "",
        "x",
        text[:-1],
        text[:-1] + last,
        text[:-20] + middle + text[-19:],
        text[-36:],
        text.upper(),
        f"{text} ",
        f"{text}\n",
        text.replace("_", "-"),
        "ü" * 40,
        "a" * 100_000,
    ]


def test_text_without_the_form_of_a_token_costs_no_query(
    account: int, statements: list[str]
) -> None:
    text = make(account)
    statements.clear()

    assert [api_tokens.find(one) for one in changed(text)] == [None] * 12

    assert statements == []


def test_a_wrong_token_of_the_form_costs_one(
    account: int, statements: list[str]
) -> None:
    make(account)
    statements.clear()

    assert api_tokens.find(api_tokens.new_text()) is None

    assert [one.split()[0] for one in statements if "POINT" not in one] == ["SELECT"]


def test_a_hash_is_compared_in_constant_time(
    account: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database may find text that is only similar."""
    text = make(account)
    monkeypatch.setattr("app.accounts.api_tokens.hmac.compare_digest", lambda *_: False)

    assert api_tokens.find(text) is None


def test_the_list_is_of_one_account_and_the_newest_is_first(
    account: int, make_user: MakeUser
) -> None:
    for name in ("one", "two"):
        make(account, name)
    make(make_user().id, "other")

    assert [row.name for row in api_tokens.of_user(account)] == ["two", "one"]


def test_a_token_is_revoked_by_its_own_account(
    account: int, make_user: MakeUser
) -> None:
    text, stranger = make(account), make_user().id
    number = stored()[0].id

    assert not api_tokens.revoke(number, stranger)
    assert api_tokens.find(text)
    assert api_tokens.revoke(number, account)
    assert not api_tokens.revoke(number, account)
    assert api_tokens.find(text) is None


def test_all_tokens_of_an_account_are_revoked(
    account: int, make_user: MakeUser
) -> None:
    texts, other = [make(account), make(account)], make(make_user().id)

    assert api_tokens.revoke_all(account) == 2

    assert [api_tokens.find(text) for text in texts] == [None, None]
    assert api_tokens.find(other)


def test_an_account_has_a_largest_number_of_tokens(
    account: int, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_tokens, "MAX_TOKENS", 2)
    for _ in range(2):
        make(account)

    with pytest.raises(NotMadeError, match="at most 2 tokens"):
        make(account)
    make(make_user().id)
    assert len(stored()) == 3


def test_an_inactive_account_gets_no_token(account: int) -> None:
    db.session.execute(sa.update(User).values(is_active=False))

    with pytest.raises(NotMadeError, match="not active"):
        make(account)


def test_work_of_the_caller_is_not_committed(account: int) -> None:
    db.session.execute(sa.update(User).values(email="other@example.com"))
    make(account)
    api_tokens.revoke_all(account)
    db.session.rollback()

    assert stored() == []
    assert db.session.get_one(User, account).email == "ada@example.com"


@pytest.mark.real_database
def test_two_at_once_make_no_token_too_many(
    app: Flask, user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_tokens, "MAX_TOKENS", 3)
    start, refused = threading.Barrier(8, timeout=20), []

    def work() -> None:
        with app.app_context():
            start.wait()
            try:
                make(user.id)
            except NotMadeError as error:
                refused.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with app.app_context():
        assert len(stored()) == 3
    assert len(refused) == 5


def test_the_use_is_written_again_after_five_minutes(app: Flask, account: int) -> None:
    text = make(account)
    number = stored()[0].id

    def used(minutes: float) -> bool:
        """Return whether a use after so many minutes is written."""
        before = datetime.now(UTC) - timedelta(minutes=minutes)
        db.session.execute(sa.update(ApiToken).values(last_used_at=before))
        db.session.commit()
        found = api_tokens.find(text)
        assert found
        is_due = api_tokens.is_due(found)
        api_tokens.note_use(app, number)
        is_written: bool = stored()[0].last_used_at != before
        assert is_written is is_due
        return is_written

    assert (used(4.9), used(5.1)) == (False, True)


@pytest.mark.real_database
def test_the_use_waits_for_no_lock_and_raises_nothing(
    app: Flask, user: Account, caplog: pytest.LogCaptureFixture
) -> None:
    with app.app_context():
        make(user.id)
        number = stored()[0].id
        db.session.rollback()
        with db.session.session_factory() as other:
            other.scalar(sa.select(ApiToken).with_for_update())
            before = datetime.now(UTC)
            api_tokens.note_use(app, number)
            assert datetime.now(UTC) - before < timedelta(seconds=2)
        assert stored()[0].last_used_at is None

        db.session.rollback()
        api_tokens.note_use(app, number)
        db.session.rollback()
        assert stored()[0].last_used_at is not None


def test_a_use_that_cannot_be_written_is_one_line_of_the_log(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise OSError("gone")

    monkeypatch.setattr(app, "app_context", fail)
    api_tokens.note_use(app, 1)

    assert "could not be saved" in caplog.text
