"""A mailbox cannot be flooded, and no answer says that mail was not sent."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from flask import request
from werkzeug.test import TestResponse

from app.accounts import hashing
from app.accounts import mail_limits
from app.accounts import throttling
from app.accounts.addresses import normalise
from tests.support.accounts import template_settings
from tests.support.applications import log_from_now_on
from tests.support.applications import MakeApp

LIMITS = {"MAIL_ADDRESS_LIMIT": "5 per hour", "MAIL_NETWORK_LIMIT": "6 per hour"}
HERE = "192.0.2.1"


@pytest.fixture
def make_site(make_app: MakeApp) -> Callable[..., Flask]:
    """Return a function that makes an application with a form that sends mail."""
    settings = {"WEB_CONCURRENCY": 1, **template_settings(), **LIMITS}

    def make(**more: object) -> Flask:
        app = make_app(**settings | more)
        view = mail_limits.limit_mails(lambda: "answered")
        app.add_url_rule("/ask", "ask", view, methods=["GET", "POST"])
        return app

    return make


def ask(app: Flask, address: str = HERE, method: str = "POST") -> TestResponse:
    browser = app.test_client()
    return browser.open("/ask", method=method, environ_base={"REMOTE_ADDR": address})


def test_a_network_asks_for_mail_as_often_as_the_setting_says(
    make_site: Callable[..., Flask],
) -> None:
    app = make_site()

    statuses = [ask(app).status_code for _ in range(8)]
    refused = ask(app)

    assert statuses == [200] * 6 + [429] * 2
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600
    # It counts a network, and what sends the mail, not who looks at the form.
    assert ask(app, "192.0.2.77").status_code == 429
    assert ask(app, "192.0.3.1").status_code == 200
    assert ask(app, method="GET").status_code == 200


def test_a_refusal_is_known_before_the_form_is_read(
    make_site: Callable[..., Flask],
) -> None:
    app, seen = make_site(MAIL_NETWORK_LIMIT="1 per hour"), []
    app.before_request(lambda: seen.append(request.path))

    statuses = [ask(app).status_code for _ in range(3)]

    assert statuses == [200, 429, 429]
    assert seen == ["/ask", "/ask"]


def test_asking_for_mail_does_not_wait_for_passwords_to_be_hashed(
    make_site: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_site(MAX_HASHING_REQUESTS=1)
    monkeypatch.setattr(hashing, "BURST", 0)

    with hashing.places.one(1):
        assert ask(app).status_code == 200


def test_a_form_that_also_hashes_has_both_limits(
    make_site: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_site(MAX_HASHING_REQUESTS=1, REGISTRATION_LIMIT="2 per hour")
    both = throttling.limit_registrations(mail_limits.limit_mails(lambda: "answered"))
    app.view_functions["ask"] = both
    monkeypatch.setattr(hashing, "BURST", 0)

    with hashing.places.one(1):
        assert ask(app).status_code == 503
    assert [ask(app).status_code for _ in range(3)] == [200, 200, 429]


def test_an_address_gets_as_many_mails_as_the_setting_says(
    make_site: Callable[..., Flask],
) -> None:
    app = make_site(LOG_JSON=True)
    lines = log_from_now_on()
    with app.app_context():
        may_mail = partial(mail_limits.may_mail, "reset", "ada@example.com")
        assert [may_mail() for _ in range(7)] == [True] * 5 + [False] * 2
        assert mail_limits.may_mail("reset", "grace@example.com")

    dropped = lines.getvalue().splitlines()
    assert len(dropped) == 2
    assert '"account":"ada@example.com"' in dropped[0]
    assert "too many to this address" in dropped[0]


@pytest.mark.parametrize(
    "spelled", ["ADA@example.com", "ada@EXAMPLE.com", "ada@example.com"]
)
def test_spellings_of_an_address_are_one_mailbox(
    spelled: str, make_site: Callable[..., Flask]
) -> None:
    with make_site(MAIL_ADDRESS_LIMIT="1 per hour").app_context():
        assert mail_limits.may_mail("reset", "ada@example.com")
        assert not mail_limits.may_mail("reset", normalise(spelled))


def test_processes_that_count_for_themselves_share_the_limit(
    make_site: Callable[..., Flask],
) -> None:
    with make_site(WEB_CONCURRENCY=2).app_context():
        assert [mail_limits.may_mail("reset", "ada@example.com") for _ in range(3)] == [
            True,
            True,
            False,
        ]


def test_limits_can_be_switched_off(make_site: Callable[..., Flask]) -> None:
    app = make_site(RATELIMIT_ENABLED=False)

    assert {ask(app).status_code for _ in range(10)} == {200}
    with app.app_context():
        assert all(mail_limits.may_mail("reset", "ada@example.com") for _ in range(10))
