"""The texts of accounts are chosen at each request, also those of libraries."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask import request
from flask import session
from werkzeug.exceptions import Forbidden

from app.accounts import english
from app.accounts import hashing
from app.accounts import passwords
from app.accounts import tries
from app.accounts.access import admin_required
from app.accounts.addresses import normalise
from app.accounts.addresses import SpecialDomainError
from app.accounts.sessions import LogOutError
from app.accounts.users import EmailTakenError
from app.core.errors import service_unavailable
from app.core.responses import bare_response
from app.extensions import login_manager
from tests.support.applications import MakeApp

DE = {"Accept-Language": "de"}
LONG = f"{'a' * 300}@example.com"
UNHEARD = "a b@example.com"  # a message of the library that names the character
CHOSEN = "correct horse battery staple"


def translate(given: str, name: str) -> str:
    """Return German, which is the id in capitals, with the values in braces."""
    if request.accept_languages.best_match(["en", "de"]) != "de":
        return given
    values = given[given.find("{") :].partition("}")[0] + "}" if "{" in given else ""
    return f"{name.upper()} {values}".strip()


@pytest.fixture
def speaking(make_app: MakeApp) -> Flask:
    app = make_app()
    app.extensions["translate"] = translate
    return app


def said(check: Callable[..., object], *given: object) -> str:
    with pytest.raises(ValueError) as refused:  # noqa: PT011  # of each kind
        check(*given)
    return str(refused.value)


@pytest.mark.parametrize(
    ("check", "given", "german"),
    [
        (passwords.check, ("short", ""), "PASSWORDS.SHORT 12"),
        (passwords.check, ("a" * 1025, ""), "PASSWORDS.LONG 1024"),
        (passwords.check, ("tab\tand more words", ""), "PASSWORDS.CHARACTER"),
        (passwords.check, ("qzqzqzqzqzqz", ""), "PASSWORDS.REPEATED"),
        (passwords.check, ("password1234", ""), "PASSWORDS.COMMON"),
        (passwords.check, (f"{CHOSEN}@b.org", f"{CHOSEN}@b.org"), "PASSWORDS.ADDRESS"),
        (normalise, (LONG,), "ADDRESSES.LONG 254"),
        (normalise, ("nobody",), "ADDRESSES.NO_AT"),
        (normalise, ("nobody@example",), "ADDRESSES.NO_PERIOD"),
        (normalise, (UNHEARD,), "ADDRESSES.WRONG"),
        (normalise, ("nobody@home.local",), "ADDRESSES.DOMAIN"),
    ],
    ids=lambda given: str(given)[:20],
)
def test_a_refusal_is_in_the_language_of_the_request(
    check: Callable[..., object],
    given: tuple[object, ...],
    german: str,
    speaking: Flask,
) -> None:
    without = said(check, *given)

    with speaking.test_request_context():
        assert said(check, *given) == without
    with speaking.test_request_context(headers=DE):
        assert said(check, *given) == german


def test_an_unknown_message_of_the_library_stays_in_english(speaking: Flask) -> None:
    with speaking.test_request_context():
        assert "invalid characters before the @-sign" in said(normalise, UNHEARD)


def test_the_errors_keep_their_english_texts() -> None:
    assert str(EmailTakenError()) == english.TEXTS["addresses.taken"]
    assert str(SpecialDomainError("local")) == english.TEXTS["addresses.domain"]
    assert LogOutError.description == english.TEXTS["sessions.not_ended"]
    assert hashing.HashingBusyError.description == english.TEXTS["hashing.busy"]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(60, "TRIES.MINUTE 1"), (61, "TRIES.MINUTES 2")],
    ids=["one", "more"],
)
def test_a_refusal_at_a_limit_is_chosen_when_it_is_shown(
    seconds: int, shown: str, speaking: Flask
) -> None:
    refusal = tries.too_many(seconds)  # as before Flask handles a request

    with speaking.test_request_context(headers=DE):
        assert f"<p>{shown}</p>" in bare(speaking, refusal)


def test_a_bare_refusal_outside_of_flask_has_the_texts_of_the_settings(
    make_app: MakeApp,
) -> None:
    app = make_app(
        TEXTS={"tries.minutes": "Wait {minutes} min.", "pages.language": "x"}
    )

    page = bare(app, tries.too_many(90))

    assert "<p>Wait 2 min.</p>" in page
    assert '<html lang="x">' in page


def bare(app: Flask, error: Any) -> str:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "app.request_id": "1"}
    return bare_response(app, environ, error).get_data(as_text=True)


@pytest.mark.parametrize("fails", [LogOutError, hashing.HashingBusyError])
def test_a_temporary_failure_is_in_the_language_of_the_request(
    fails: Callable[[], Exception], speaking: Flask
) -> None:
    with speaking.test_request_context("/api/x", headers=DE) as context:
        context.request.environ["app.request_id"] = "1"
        answer = speaking.make_response(service_unavailable(fails(), "busy"))

    detail = json.loads(answer.get_data())["detail"]
    assert detail in {"SESSIONS.NOT_ENDED", "HASHING.BUSY"}


def test_who_may_do_something_is_in_the_language_of_the_request(
    speaking: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Person:
        is_authenticated = True
        is_admin = False

    monkeypatch.setattr("app.accounts.access.current_user", Person())
    with speaking.test_request_context(headers=DE), pytest.raises(Forbidden) as refused:
        admin_required(lambda: "")()

    assert refused.value.description == "ACCESS.ADMINS_ONLY"


def test_the_message_of_the_log_in_page_is_in_the_language_of_the_request(
    speaking: Flask,
) -> None:
    with speaking.test_request_context("/", headers=DE):
        login_manager.unauthorized()
        assert session["_flashes"] == [("info", "ACCESS.LOG_IN")]


def test_a_message_of_the_owner_stays(
    speaking: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login_manager, "login_message", "My own words.")
    with speaking.test_request_context("/", headers=DE):
        login_manager.unauthorized()
        assert session["_flashes"] == [("info", "My own words.")]
