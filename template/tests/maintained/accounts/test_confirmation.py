"""Registration with mail: who gets which mail, and what a stranger sees."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.security import check_password_hash
from werkzeug.security import generate_password_hash

from app.accounts import confirmation
from app.accounts import registration
from app.accounts import resets
from app.accounts import sessions
from app.accounts import users
from app.core import mail
from app.core import preload
from app.core.account_mail_settings import SETTINGS
from app.core.rules import SettingsError
from app.extensions import db
from app.models import AccountToken
from app.models import User
from app.models import UserSession
from tests.support.accounts import Account
from tests.support.accounts import is_logged_in
from tests.support.accounts import LogIn
from tests.support.accounts import MakeUser
from tests.support.accounts import PASSWORD
from tests.support.applications import MakeApp
from tests.support.mail_fixtures import text_of
from tests.support.required_fields import required_fields

pytestmark = pytest.mark.usefixtures("as_shipped", "shipped_mail")

NEW = "new@example.com"
FORM = {"email": NEW, "password": PASSWORD}
ATTACKER = {"email": NEW, "password": "the attacker has chosen this one"}


@pytest.fixture
def shipped_mail(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the settings of the template."""
    for setting in SETTINGS:
        monkeypatch.setitem(app.config, setting.name, setting.default_for("testing"))


@pytest.fixture
def banner(app: Flask, monkeypatch: pytest.MonkeyPatch, shipped_mail: None) -> None:
    monkeypatch.setitem(app.config, "EMAIL_CONFIRMATION", "banner")


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """What would be done after the answer, which is not done."""
    waiting: list[Callable[[], object]] = []

    def later(function: Callable[..., object], *given: Any) -> None:
        waiting.append(lambda: function(*given))

    monkeypatch.setattr(mail, "later", later)
    return waiting


def account(app: Flask, email: str = NEW) -> User | None:
    with app.app_context():
        return db.session.scalar(sa.select(User).where(User.email == email))


def path_in(message: EmailMessage) -> str:
    """Return the path of the link in a mail."""
    found = re.search(r"link: https?://[^/]+(/\S+)", text_of(message))
    assert found
    return found[1]


def subjects(outbox: list[EmailMessage]) -> list[tuple[str, str]]:
    return [(str(sent["Subject"]), str(sent["To"])) for sent in outbox]


def unconfirmed(make_user: MakeUser, email: str = NEW) -> Account:
    return make_user(email, is_confirmed=False)


def test_a_registration_is_confirmed_before_the_first_log_in(
    app: Flask, client: FlaskClient, outbox: list[EmailMessage]
) -> None:
    assert client.post("/auth/join", data=FORM).text == "Check your inbox."
    assert client.post("/auth/login", data=FORM).location is None
    assert not is_logged_in(client)
    path = path_in(outbox[-1])

    assert client.get(path).text == "True"
    found = account(app)
    assert found
    assert not found.is_confirmed
    assert client.post(path).text == "True"
    assert client.post(path).text == "False"
    assert client.post("/auth/login", data=FORM).location == "/dashboard"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"email": "nobody"}, "@-sign"),
        ({"password": "short"}, "at least 12"),
        ({"password": NEW}, "is the e-mail address"),
    ],
)
def test_what_is_refused_makes_no_account(
    changed: dict[str, str],
    words: str,
    app: Flask,
    client: FlaskClient,
    outbox: list[EmailMessage],
) -> None:
    assert words in client.post("/auth/join", data=FORM | changed).text
    assert account(app) is None
    assert outbox == []


def test_a_field_that_accounts_do_not_have_is_an_error_of_the_caller(
    app: Flask,
) -> None:
    with app.app_context(), pytest.raises(TypeError, match="no field 'nickmane'"):
        confirmation.register(NEW, PASSWORD, nickmane="Ada")


def test_a_field_that_a_job_cannot_take_is_an_error_of_the_caller(
    app: Flask, jobs: list[Callable[[], object]]
) -> None:
    with app.app_context(), pytest.raises(TypeError, match="no model"):
        confirmation.register(NEW, PASSWORD, sessions=UserSession())

    assert jobs == []


@pytest.fixture
def requires_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a field of accounts one that has to be given."""
    monkeypatch.setattr(users, "is_required", lambda column: column.key == "created_at")


@pytest.mark.usefixtures("requires_a_time")
def test_a_field_that_is_missing_is_an_error_of_the_caller(
    app: Flask, jobs: list[Callable[[], object]]
) -> None:
    missing = pytest.raises(users.MissingFieldsError, match="value for created_at:")
    with app.app_context(), missing:
        confirmation.register(NEW, PASSWORD)

    assert jobs == []


@pytest.mark.usefixtures("requires_a_time")
def test_a_field_that_an_event_may_fill_need_not_be_given(
    app: Flask, jobs: list[Callable[[], object]]
) -> None:
    def fill(*_: object) -> None:
        pass

    event.listen(User, "before_insert", fill)
    try:
        with app.app_context():
            confirmation.register(NEW, PASSWORD)
    finally:
        event.remove(User, "before_insert", fill)

    assert len(jobs) == 1


def test_fields_of_a_registration_are_stored(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        confirmation.register(NEW, PASSWORD, **{**required_fields(), "is_admin": True})

    found = account(app)
    assert found
    assert found.is_admin
    assert not found.is_confirmed


def test_the_owner_of_an_account_is_told_of_a_registration(
    app: Flask, client: FlaskClient, make_user: MakeUser, outbox: list[EmailMessage]
) -> None:
    make_user(NEW)

    assert client.post("/auth/join", data=ATTACKER).text == "Check your inbox."

    assert subjects(outbox) == [("registered", NEW)]
    assert client.post("/auth/login", data=ATTACKER).location is None
    assert client.post("/auth/login", data=FORM).location == "/dashboard"


@pytest.mark.parametrize("first", [FORM, ATTACKER], ids=["hers", "the attacker's"])
def test_a_second_registration_leaves_the_choice_to_who_reads_the_mail(
    first: dict[str, str],
    client: FlaskClient,
    outbox: list[EmailMessage],
) -> None:
    second = ATTACKER if first is FORM else FORM
    client.post("/auth/join", data=first)
    old = path_in(outbox[-1])

    client.post("/auth/join", data=second)

    assert subjects(outbox)[1:] == [("registered_again", NEW)]
    assert client.post(old).text == "False"
    own = {"email": NEW, "password": "what the reader of the mail has chosen"}
    assert client.post(path_in(outbox[1]), data=own).text == "True"
    for form in (first, second):
        assert client.post("/auth/login", data=form).location is None
    assert client.post("/auth/login", data=own).location == "/dashboard"


def test_after_a_second_registration_a_confirmation_opens_no_account(
    client: FlaskClient, outbox: list[EmailMessage]
) -> None:
    for form in (FORM, ATTACKER):
        client.post("/auth/join", data=form)
    client.post("/auth/confirm", data=FORM)

    assert client.post(path_in(outbox[-1])).text == "True"

    for form in (FORM, ATTACKER):
        assert client.post("/auth/login", data=form).location is None


@pytest.mark.usefixtures("banner")
def test_a_new_password_by_mail_ends_what_the_first_one_has(
    app: Flask, client: FlaskClient, outbox: list[EmailMessage]
) -> None:
    attacker = app.test_client()
    attacker.post("/auth/join", data=ATTACKER)
    assert is_logged_in(attacker)
    form = {"email": "attacker@example.com", "current": ATTACKER["password"]}
    attacker.post("/auth/email", data=form)
    moves = path_in(outbox[-1])
    with app.app_context():
        user = db.session.scalar(sa.select(User).where(User.email == NEW))
        assert user
        path = urlsplit(resets.link(user)).path

    assert client.post(path, data=FORM).text == "True"

    assert not is_logged_in(attacker)
    client.post("/auth/login", data=FORM)
    assert client.post(moves).text == "False"
    found = account(app)
    assert found
    assert found.is_confirmed


def answers(client: FlaskClient, path: str, forms: list[dict[str, str]]) -> set[object]:
    """Return the different answers to forms: status, headers and text."""
    found: set[object] = set()
    for form in forms:
        answer = client.post(path, data=form)
        text = answer.text.replace(form["email"], "")
        found.add((answer.status_code, answer.location, text, len(answer.headers)))
    return found


@pytest.fixture
def work(
    app: Flask, monkeypatch: pytest.MonkeyPatch, jobs: list[Callable[[], object]]
) -> Iterator[list[object]]:
    """The statements, hashes and jobs of requests."""
    done: list[object] = []

    def statement(_: Any, __: Any, text: str, *___: Any) -> None:
        # Those of the transaction of the test are numbered.
        done.append(re.sub(r"savepoint_\d+", "savepoint", text))

    def verified(*given: Any) -> bool:
        done.append("verify")
        return check_password_hash(*given)

    def hashed(*given: Any) -> str:
        done.append("hash")
        return generate_password_hash(*given)

    monkeypatch.setattr("app.accounts.passwords.check_password_hash", verified)
    monkeypatch.setattr("app.accounts.passwords.generate_password_hash", hashed)
    event.listen(sa.Engine, "before_cursor_execute", statement)
    yield done
    event.remove(sa.Engine, "before_cursor_execute", statement)


def work_for(
    client: FlaskClient, work: list[object], path: str, forms: list[dict[str, str]]
) -> list[list[object]]:
    """Return what is done for each form."""
    found = []
    for form in forms:
        work.clear()
        client.post(path, data=form)
        found.append(list(work))
    return found


def cases(make_user: MakeUser) -> list[dict[str, str]]:
    """Return forms for addresses of one length: new, with an account, unconfirmed."""
    make_user("abc@example.com")
    unconfirmed(make_user, "xyz@example.com")
    emails = ("new@example.com", "abc@example.com", "xyz@example.com")
    return [{"email": email, "password": PASSWORD} for email in emails]


def test_a_registration_does_the_same_for_every_address(
    client: FlaskClient,
    make_user: MakeUser,
    work: list[object],
    jobs: list[Callable[[], object]],
) -> None:
    forms = cases(make_user)

    assert len(answers(client, "/auth/join", forms)) == 1
    first, *others = work_for(client, work, "/auth/join", forms)

    assert first.count("hash") == 1
    assert others == [first, first]
    assert len(jobs) == 6


def test_a_log_in_does_the_same_for_every_address(
    app: Flask, client: FlaskClient, make_user: MakeUser, work: list[object]
) -> None:
    forms = cases(make_user)
    forms[1]["password"] = "not the password"
    make_user("off@example.com", is_active=False)
    forms.append({"email": "off@example.com", "password": PASSWORD})

    assert len(answers(client, "/auth/login", forms)) == 1
    first, *others = work_for(client, work, "/auth/login", forms)

    assert first.count("verify") == 1
    assert others == [first] * 3


def test_asking_again_does_the_same_for_every_address(
    client: FlaskClient,
    make_user: MakeUser,
    work: list[object],
    jobs: list[Callable[[], object]],
) -> None:
    forms = cases(make_user)

    assert len(answers(client, "/auth/confirm", forms)) == 1
    assert work_for(client, work, "/auth/confirm", forms) == [[]] * 3
    assert len(jobs) == 6


def test_only_an_unconfirmed_address_gets_the_link_again(
    client: FlaskClient, make_user: MakeUser, outbox: list[EmailMessage]
) -> None:
    for form in cases(make_user):
        client.post("/auth/confirm", data=form)

    assert subjects(outbox) == [("confirm", "xyz@example.com")]


def test_a_log_in_with_the_right_password_sends_the_link_again(
    client: FlaskClient, make_user: MakeUser, outbox: list[EmailMessage]
) -> None:
    unconfirmed(make_user)

    client.post("/auth/login", data=ATTACKER)
    assert outbox == []
    client.post("/auth/login", data=FORM)

    assert subjects(outbox) == [("confirm", NEW)]


def test_an_unconfirmed_account_gets_no_session(
    app: Flask, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    unconfirmed(make_user)

    for mode, works in (("required", False), ("banner", True)):
        monkeypatch.setitem(app.config, "EMAIL_CONFIRMATION", mode)
        with app.test_request_context():
            user = db.session.scalar(sa.select(User).where(User.email == NEW))
            assert user
            assert sessions.begin(user) is works


def test_accounts_of_commands_and_of_former_views_are_confirmed(
    app: Flask, client: FlaskClient, outbox: list[EmailMessage]
) -> None:
    # The sample's form calls users.create(), as projects of before do.
    client.post("/auth/register", data={**FORM, "confirm": PASSWORD})

    assert client.post("/auth/login", data=FORM).location == "/dashboard"
    assert outbox == []


def test_a_database_that_is_down_is_not_an_answer_that_promises_a_mail(
    app: Flask, jobs: list[Callable[[], object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    class AwayError(Exception):
        pass

    def away() -> object:
        raise AwayError

    with app.app_context():
        monkeypatch.setattr(db.session, "session_factory", away)
        with pytest.raises(AwayError):
            confirmation.register(NEW, PASSWORD, **required_fields())

    assert jobs == []


def test_no_connection_is_held_while_a_registration_hashes(
    client: FlaskClient, open_while_hashing: list[bool]
) -> None:
    client.post("/auth/join", data=FORM)

    assert open_while_hashing == [False]


@pytest.mark.usefixtures("banner")
def test_with_a_banner_a_registration_is_logged_in_at_once(
    app: Flask, client: FlaskClient, outbox: list[EmailMessage]
) -> None:
    assert client.post("/auth/join", data=FORM).location == "/dashboard"
    found = account(app)
    assert found
    assert not found.is_confirmed

    client.post(path_in(outbox[0]))

    found = account(app)
    assert found
    assert found.is_confirmed
    assert client.get("/dashboard").status_code == 200


@pytest.mark.usefixtures("banner")
@pytest.mark.parametrize("is_confirmed", [True, False])
def test_with_a_banner_an_address_is_taken_and_its_owner_is_told(
    is_confirmed: bool,
    app: Flask,
    client: FlaskClient,
    make_user: MakeUser,
    outbox: list[EmailMessage],
) -> None:
    make_user(NEW, is_confirmed=is_confirmed)
    before = account(app)

    answer = client.post("/auth/join", data=ATTACKER)

    after = account(app)
    assert str(users.EmailTakenError()) in answer.text
    assert subjects(outbox) == [("registered", NEW)]
    assert before
    assert after
    assert after.password_hash == before.password_hash


def test_a_link_confirms_only_the_account_that_it_was_made_for(
    app: Flask, client: FlaskClient, make_user: MakeUser, outbox: list[EmailMessage]
) -> None:
    unconfirmed(make_user, "other@example.com")
    client.post("/auth/join", data=FORM)

    client.post(path_in(outbox[0]))

    other = account(app, "other@example.com")
    assert other
    assert not other.is_confirmed


@pytest.mark.parametrize("field", ["password_hash", "email", "is_active"])
def test_a_link_dies_with_a_change_of_the_account(
    field: str, app: Flask, client: FlaskClient, outbox: list[EmailMessage]
) -> None:
    client.post("/auth/join", data=FORM)
    changed = {"password_hash": "x", "email": "x@example.com", "is_active": False}
    with app.app_context():
        db.session.execute(sa.update(User).values({field: changed[field]}))
        db.session.commit()

    assert client.get(path_in(outbox[0])).text == "False"
    assert client.post(path_in(outbox[0])).text == "False"


def test_the_link_of_another_purpose_confirms_nothing(
    app: Flask, client: FlaskClient, outbox: list[EmailMessage]
) -> None:
    client.post("/auth/join", data=FORM)
    with app.app_context():
        db.session.execute(sa.update(AccountToken).values(purpose="email"))
        db.session.commit()

    assert client.post(path_in(outbox[0])).text == "False"


@pytest.fixture
def full_mailbox(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function after which no address gets further mail."""

    def fill() -> None:
        monkeypatch.setattr("app.accounts.mail_limits.may_mail", lambda *_: False)

    return fill


def test_a_mailbox_that_has_had_enough_gets_nothing_and_loses_no_link(
    client: FlaskClient,
    outbox: list[EmailMessage],
    full_mailbox: Callable[[], None],
) -> None:
    client.post("/auth/join", data=FORM)
    full_mailbox()

    client.post("/auth/confirm", data=FORM)

    assert len(outbox) == 1
    assert client.post(path_in(outbox[0])).text == "True"


def test_registrations_are_among_the_mails_that_a_network_may_ask_for(
    app: Flask,
    client: FlaskClient,
    outbox: list[EmailMessage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "MAIL_NETWORK_LIMIT", "2 per hour")

    statuses = [client.post("/auth/join", data=FORM).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert len(outbox) == 2


def test_a_full_mailbox_keeps_no_password_of_a_stranger(
    client: FlaskClient,
    outbox: list[EmailMessage],
    full_mailbox: Callable[[], None],
) -> None:
    client.post("/auth/join", data=ATTACKER)
    full_mailbox()

    client.post("/auth/join", data=FORM)
    client.post(path_in(outbox[0]))

    assert len(outbox) == 1
    assert client.post("/auth/login", data=ATTACKER).location is None


def test_who_is_logged_in_elsewhere_stays_logged_in(
    app: Flask, client: FlaskClient, user: Account, log_in: LogIn
) -> None:
    browser = log_in(user)

    client.post("/auth/join", data={**ATTACKER, "email": user.email})

    assert is_logged_in(browser)


def sign_up() -> str:
    """Register somebody, as a view of a project does."""
    registration.register(NEW, PASSWORD, **required_fields())
    return "Check your inbox."


@pytest.fixture
def site(make_app: MakeApp) -> Callable[..., Flask]:
    """Return a function that makes an application without the page of the link."""

    def make(**settings: object) -> Flask:
        app = make_app(**settings)
        app.view_functions["auth.register"] = sign_up
        del app.view_functions[confirmation.ENDPOINT]
        return app

    return make


def test_an_application_that_could_confirm_no_address_does_not_start(
    site: Callable[..., Flask],
) -> None:
    app = site(EMAIL_CONFIRMATION="required", REGISTRATION="open")

    with pytest.raises(SettingsError) as refused:
        preload.load(app)

    assert str(refused.value).startswith('EMAIL_CONFIRMATION must be "banner"')
    assert "keep app/auth/mail_routes.py" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"EMAIL_CONFIRMATION": "banner", "REGISTRATION": "open"},
        {"EMAIL_CONFIRMATION": "required", "REGISTRATION": "invite"},
        {"EMAIL_CONFIRMATION": "required", "REGISTRATION": "closed"},
    ],
    ids=["banner", "invite", "closed"],
)
def test_an_application_starts_without_the_page_that_it_does_not_need(
    settings: dict[str, str], site: Callable[..., Flask]
) -> None:
    app = site(**settings)

    preload.load(app)

    assert app.test_client().get("/api/health").status_code == 200


def test_a_former_view_starts_without_the_page(make_app: MakeApp) -> None:
    app = make_app(EMAIL_CONFIRMATION="required", REGISTRATION="open")
    # The sample's view calls users.create().
    del app.view_functions[confirmation.ENDPOINT]

    preload.load(app)

    assert app.test_client().get("/api/health").status_code == 200


def test_a_registration_that_nobody_could_confirm_makes_no_account(
    app: Flask, jobs: list[Callable[[], object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(app.view_functions, confirmation.ENDPOINT)

    with app.app_context(), pytest.raises(RuntimeError, match='must be "banner"'):
        registration.register(NEW, PASSWORD)

    assert jobs == []


@pytest.mark.usefixtures("banner")
def test_with_a_banner_no_link_is_sent_that_has_no_page(
    app: Flask, outbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(app.view_functions, confirmation.ENDPOINT)

    with app.app_context():
        registration.register(NEW, PASSWORD, **required_fields())

    assert account(app)
    assert outbox == []


def test_without_the_page_for_a_new_password_the_first_one_stays(
    app: Flask,
    client: FlaskClient,
    outbox: list[EmailMessage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(app.view_functions, resets.ENDPOINT)
    client.post("/auth/join", data=FORM)

    client.post("/auth/join", data=ATTACKER)

    assert subjects(outbox)[1:] == [("registered", NEW)]
    client.post(path_in(outbox[0]))
    assert client.post("/auth/login", data=ATTACKER).location is None
    assert client.post("/auth/login", data=FORM).location == "/dashboard"
