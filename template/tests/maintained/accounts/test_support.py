"""The fixtures and examples of accounts work with what is the owner's."""

from __future__ import annotations

from itertools import count

import pytest
import sqlalchemy as sa
from flask import Flask
from flask import Response

from app.accounts import examples
from app.extensions import db
from app.models import User
from app.models import UserSession
from tests.support.accounts import Account
from tests.support.accounts import is_logged_in
from tests.support.accounts import LogIn
from tests.support.accounts import MakeUser
from tests.support.accounts import url_of

COLUMNS = sa.inspect(UserSession).columns


def test_an_account_of_a_test_is_active(
    make_user: MakeUser, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in a project whose accounts an administrator activates.
    monkeypatch.setattr(User.__table__.c.is_active.default, "arg", False)

    assert is_logged_in(log_in(make_user()))


def test_a_refused_account_says_what_was_filled_in_and_what_to_do(
    make_user: MakeUser,
) -> None:
    with pytest.raises(TypeError) as refused:
        make_user(no_such_field=1)

    values, remedy = refused.value.__notes__
    assert "'no_such_field': 1" in values
    assert "make_user in tests/conftest.py" in remedy


def test_a_log_in_runs_no_hook_of_the_owner(
    app: Flask, user: Account, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Response) -> Response:
        raise AssertionError("the hook relies on one before the request")

    monkeypatch.setitem(app.after_request_funcs, None, [fail])

    assert is_logged_in(log_in(user, remember=True))


def test_a_view_that_is_gone_is_named(app: Flask) -> None:
    assert url_of(app, "health") == "/api/health"
    with pytest.raises(AssertionError, match=r"no view shop\.gone.*change this test"):
        url_of(app, "shop.gone")


def test_the_values_of_another_process_are_not_used_again(
    app: Flask, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = make_user()
    monkeypatch.setattr(examples, "NUMBERS", count(1))  # as another process begins

    with app.app_context():
        first, second = examples.next_number(), examples.next_number()
    assert account.id < first < second


def test_all_values_of_an_example_account_have_its_number(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examples, "GIVEN", set())

    with app.app_context():
        values = examples.required_fields()
    assert values["email"] == f"{values['password_hash']}@example.com"


def test_a_required_time_has_an_example() -> None:
    value = examples.value_of(COLUMNS.created_at, 1)

    assert value.tzinfo


def test_a_type_without_examples_is_named_together_with_the_account(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examples, "GIVEN", set())
    monkeypatch.setattr(examples, "VALUES", {})

    with app.app_context(), pytest.raises(TypeError, match="pass one") as refused:
        examples.example_account("ada@example.com", "")
    assert "ada@example.com" in refused.value.__notes__[0]


def test_an_example_for_a_foreign_key_commits_no_work_of_its_caller(
    app: Flask, user: Account
) -> None:
    with app.app_context():
        db.session.execute(sa.update(User).values(is_admin=True))
        assert examples.referred(COLUMNS.token_hash, 1)
        db.session.rollback()

        assert not db.session.get_one(User, user.id).is_admin
        assert db.session.scalar(sa.select(UserSession.id)) is None


def test_an_example_for_a_foreign_key_is_committed(app: Flask, user: Account) -> None:
    with app.app_context():
        made = examples.referred(COLUMNS.token_hash, 1)
        db.session.rollback()

        assert examples.referred(COLUMNS.token_hash, 2) == made
