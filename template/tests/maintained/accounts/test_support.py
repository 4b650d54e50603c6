"""The fixtures of accounts work with rules, hooks and views of the owner."""

from __future__ import annotations

import pytest
from flask import Flask
from flask import Response

from app.models import User
from tests.support.accounts import Account
from tests.support.accounts import is_logged_in
from tests.support.accounts import LogIn
from tests.support.accounts import MakeUser
from tests.support.accounts import url_of


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
