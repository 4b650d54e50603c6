"""E-mail addresses and passwords: which are accepted, and how they are stored."""

from __future__ import annotations

import inspect
import random
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator
from itertools import chain
from itertools import count

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from app.accounts import passwords
from app.accounts import users
from app.accounts.addresses import normalise
from app.core import account_settings
from app.core.rules import SettingsError
from app.extensions import db
from app.models import User
from config import CONFIGS
from tests.support.accounts import Account
from tests.support.accounts import LogIn
from tests.support.accounts import MakeUser
from tests.support.accounts import PASSWORD
from tests.support.accounts import remember_cookie
from tests.support.applications import MakeApp
from tests.support.required_fields import required_fields


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("A@example.com", "a@example.com"),
        ("a@EXAMPLE.com", "a@example.com"),
        ("a@b\u00fccher.example.com", "a@xn--bcher-kva.example.com"),
        ("jos\u00e9@example.com", "jose\u0301@example.com"),
        ("\u00c9@example.com", "\u00e9@example.com"),
        ("\u0130@example.com", "i\u0307@example.com"),
        ("H\u0331@example.com", "\u1e96@example.com"),
    ],
)
def test_spellings_of_one_email_are_one_account(
    first: str, second: str, app: Flask, make_user: MakeUser
) -> None:
    made = make_user(first)

    with app.app_context():
        found = db.session.scalar(sa.select(User.id).where(User.email == second))
        assert found == made.id
        with pytest.raises(users.EmailTakenError):
            users.create(second, PASSWORD)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("jose@example.com", "jos\u00e9@example.com"),
        ("a.b@example.com", "ab@example.com"),
        ("strasse@example.com", "stra\u00dfe@example.com"),
    ],
)
def test_different_emails_are_different_accounts(
    first: str, second: str, make_user: MakeUser
) -> None:
    assert make_user(first).id != make_user(second).id


@pytest.mark.parametrize(
    "address",
    [
        "", "a", "@", "a@", "@example.com", "a b@example.com", "a@b", "a@example..com",
        "a\n@example.com", "a\x00@example.com", "a@example.com\r\nBcc: b@example.com",
        "\ud800@example.com", "a@[127.0.0.1]",
    ],
)  # fmt: skip
def test_an_invalid_email_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        normalise(address)


# Characters whose case mapping, composition or encoding changes the one before them.
ODD = "\u0130\u0131\u00df\u1e9e\u03a3\u03c2\u03c3\uff21\u212a\u212b\ufb03\u1fb7\u0149"
LONG_DOMAIN = f"{'x' * 60}." * 3 + "com"
COMBINING = "\u0301\u0307\u0308\u0323\u0327\u0345"


def addresses_to_normalise() -> Iterator[str]:
    """Yield addresses with each of these characters, and with combinations of them."""
    for letter in map(chr, chain(range(0x600), range(0x1E00, 0x2000), [0xFB03])):
        if {letter.lower(), unicodedata.normalize("NFKC", letter)} != {letter}:
            yield f"a{letter}@example.com"
            yield f"a@x{letter}b.com"
            yield f"{letter * 32}@{LONG_DOMAIN}"

    chance = random.Random(15)  # noqa: S311  # reproducible
    letters = f"abZ.-{ODD}{COMBINING}\u00e9\u05d0\u0661\u3002\uff0e\u200d"
    for _ in range(1000):
        local, domain = (
            "".join(chance.choices(letters, k=chance.randint(1, 5))) for _ in "ab"
        )
        yield f"{local}@{domain}.{chance.choice(('com', 'COM', 'xn--p1ai', 'test'))}"


def test_normalising_twice_changes_nothing(app: Flask) -> None:
    accepted = 0
    with app.app_context():
        app.config["SPECIAL_EMAIL_DOMAINS"] = ["test"]
        for address in addresses_to_normalise():
            try:
                once = normalise(address)
            except ValueError:
                continue
            assert normalise(once) == once, ascii(address)
            assert len(once) <= 254
            accepted += 1
        app.config["SPECIAL_EMAIL_DOMAINS"] = []

    assert accepted > 500


def test_an_email_that_is_too_long_when_normalised_is_refused() -> None:
    # The lower case of this letter is two characters.
    with pytest.raises(ValueError, match="long"):
        normalise("\u0130" * 32 + f"@{LONG_DOMAIN}")


SPECIAL = ("a@corp.local", "a@LOCALHOST", "a@b.test", "a@home.arpa", "a@b\u00fc.local")


@pytest.mark.parametrize("address", SPECIAL)
def test_domains_of_private_networks_are_refused(address: str, app: Flask) -> None:
    with app.app_context(), pytest.raises(ValueError, match="not accepted"):
        normalise(address)


@pytest.mark.parametrize("address", SPECIAL)
def test_a_setting_accepts_domains_of_private_networks(
    address: str, make_app: MakeApp
) -> None:
    names = ["local", "localhost", "test", "home.arpa"]
    with make_app(SPECIAL_EMAIL_DOMAINS=names).app_context():
        assert normalise(address) == address.lower()
        assert normalise("a@b.example.com") == "a@b.example.com"
        with pytest.raises(ValueError, match="not accepted"):
            normalise("a@9.in-addr.arpa")
        with pytest.raises(ValueError, match=r"\w"):
            normalise(f"a b{address}")


@pytest.mark.parametrize("value", ["example.com", "com", ""])
def test_the_setting_accepts_only_special_domains(
    value: str, make_app: MakeApp
) -> None:
    with pytest.raises(SettingsError, match="SPECIAL_EMAIL_DOMAINS must be a list of"):
        make_app(SPECIAL_EMAIL_DOMAINS=[value])


@pytest.mark.parametrize(
    "password",
    [
        "a" * 12,
        "aAaAaAaAaAaA",
        "\uff41" * 12,
        "\u54c8" * 4,
        " " * 12,
        " \u3000\u2003" * 4,
        "123" * 4 + "1",
    ],
)
def test_a_password_with_a_simple_pattern_is_refused(password: str) -> None:
    with pytest.raises(ValueError, match=r"repeats a few|Many people"):
        passwords.check(password, "ada@example.com")


@pytest.mark.parametrize(
    "password",
    [
        "x" * 11 + "y",
        "\u00e9\u00e0\u00e8\u00ea\u00e2\u00eb",
        "\U0001f40e\U0001f411\U0001f413",
        "  spaces  all  over ",
        "zyxw" * 256,
    ],
)
def test_passwords_in_any_script_are_accepted(password: str, app: Flask) -> None:
    with app.app_context():
        passwords.check(password, "ada@example.com")
        kept = passwords.hash_password(password)

        assert passwords.verify(kept, password)
        assert not passwords.verify(kept, password + "x")
        assert (
            not passwords.verify(kept, password.strip()) or password.strip() == password
        )


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("x" * 11, "at least 12 characters"),
        ("\u00e9" * 5, "at least 12 characters"),
        ("z" * 1025, "at most 1024 bytes"),
        ("\u00e9" * 513, "at most 1024 bytes"),
        ("z" * 10**6, "at most 1024 bytes"),
        ("PasswordPassword", "choose another"),
        ("Ada@Example.com", "choose another"),
        ("\ud800 and eleven more", "cannot be typed"),
        ("\x00 and eleven more", "cannot be typed"),
    ],
    ids=ascii,
)
def test_a_refused_password_names_the_rule(password: str, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        passwords.check(password, "ada@example.com")


def test_a_setting_requires_longer_passwords(make_app: MakeApp) -> None:
    with make_app(PASSWORD_MIN_LENGTH=16).app_context():
        passwords.check("qzv-73bk-hm2-4px", "ada@example.com")
        with pytest.raises(ValueError, match="at least 16 characters"):
            passwords.check("qzv-73bk-hm2-4p", "ada@example.com")


def test_the_tests_password_has_the_maximum_of_the_setting(make_app: MakeApp) -> None:
    with make_app(PASSWORD_MIN_LENGTH=64).app_context():
        passwords.check(PASSWORD, "ada@example.com")


@pytest.mark.parametrize("length", [11, 65, "12", None])
def test_a_wrong_length_of_passwords_is_refused_at_start(
    length: object, make_app: MakeApp
) -> None:
    with pytest.raises(SettingsError) as stopped:
        make_app(PASSWORD_MIN_LENGTH=length)

    assert str(stopped.value) == (
        "PASSWORD_MIN_LENGTH must be a whole number from 12 to 64, not "
        f"{str(length)!r}."
    )


def test_listed_common_passwords_would_pass_the_other_rules() -> None:
    assert len(passwords.common()) >= 100
    for password in passwords.common():
        assert len(password.encode()) >= 12
        assert password == passwords.normalise(password).casefold()


def test_both_spellings_of_an_accent_are_one_password(app: Flask) -> None:
    with app.app_context():
        kept = passwords.hash_password("caf\u00e9 au lait, office")

        assert passwords.verify(kept, "cafe\u0301 au lait, office")
        # "ffi" as one character, a ligature that some keyboards write.
        assert passwords.verify(kept, "caf\u00e9 au lait, o\ufb03ce")


def test_a_very_long_password_costs_no_more_than_a_short_one(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[int] = []

    def note(_: str, password: str) -> bool:
        lengths.append(len(password))
        return False

    monkeypatch.setattr("app.accounts.passwords.check_password_hash", note)
    with app.app_context():
        assert not passwords.verify(passwords.dummy_hash(), "x" * 10**6)

    assert lengths == [0]


# Each letter is four characters and nine bytes; normalised, it is one character.
STACKED = "\u03b1\u0313\u0301\u0345"


@pytest.mark.parametrize("password", [STACKED * 300, STACKED * 257 + "\u0315" * 10**5])
def test_combining_marks_cannot_bypass_the_limit(
    password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Normalising the second takes seconds, so any visitor could occupy a thread.
    monkeypatch.setattr("app.accounts.passwords.normalise", pytest.fail)

    with pytest.raises(ValueError, match="at most 1024 bytes"):
        passwords.check(password, "ada@example.com")


@pytest.mark.parametrize("size", [60, 113])
def test_a_password_with_combining_marks_can_be_verified(size: int, app: Flask) -> None:
    password = STACKED * size + "x"
    with app.app_context():
        passwords.check(password, "ada@example.com")

        assert passwords.verify(passwords.hash_password(password), password)


def test_two_accounts_can_be_compared(app: Flask, make_user: MakeUser) -> None:
    first, second = make_user(), make_user()
    with app.app_context():
        loaded = db.session.get(User, first.id)

        assert loaded == db.session.get(User, first.id)
        assert loaded != db.session.get(User, second.id)
        assert len({loaded, db.session.get(User, first.id)}) == 1


@pytest.mark.parametrize("method", ["pbkdf2:sha256:1", "pbkdf2:sha256:2"])
def test_an_old_password_does_not_win_a_race(
    method: str, app: Flask, user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = count(1)

    def change_meanwhile(password_hash: str, password: str) -> bool:
        values = {"password_hash": f"new {next(numbers)}"}
        db.session.execute(sa.update(User).values(values))
        db.session.commit()
        return True

    monkeypatch.setitem(app.config, "HASH_METHOD", method)
    monkeypatch.setattr("app.accounts.passwords.check_password_hash", change_meanwhile)
    with app.app_context():
        account = db.session.get(User, user.id)
        assert account
        assert users.authenticate(user.email, user.password) is None
        assert not users.change_password(account, user.password, "another one, new")
        kept = str(db.session.scalar(sa.select(User.password_hash)))
        assert kept == f"new {next(numbers) - 1}"


def test_create_refuses_an_invalid_email(app: Flask) -> None:
    with app.app_context(), pytest.raises(ValueError, match="@-sign"):
        users.create("no address", PASSWORD)


def test_create_refuses_an_invalid_password(app: Flask) -> None:
    with app.app_context(), pytest.raises(ValueError, match="at least 12 characters"):
        users.create("new@example.com", "short")


@pytest.mark.parametrize(
    ("column", "required"),
    [
        (sa.Column("nickname", sa.String, nullable=False), True),
        (sa.Column("nickname", sa.String), False),
        (sa.Column("nickname", sa.String, nullable=False, default="x"), False),
        (sa.Column("nickname", sa.String, nullable=False, server_default="x"), False),
        (sa.Column("code", sa.Uuid, primary_key=True), True),
        (sa.Column("id", sa.Integer, primary_key=True), False),
    ],
    ids=str,
)
def test_a_column_without_any_default_requires_a_value(
    column: sa.Column[object], required: bool
) -> None:
    sa.Table("people", sa.MetaData(), column)

    assert users.is_required(column) is required


def test_create_names_a_field_that_requires_a_value(
    app: Flask,
) -> None:
    with app.app_context():
        user = User(email="new@example.com", **required_fields())

        with pytest.raises(users.MissingFieldsError, match="value for password_hash:"):
            users.insert(user)


def test_production_hashes_passwords_with_scrypt() -> None:
    settings = {setting.name: setting for setting in account_settings.SETTINGS}

    default = settings["HASH_METHOD"].default_for("production")
    assert default == "scrypt:32768:8:1"


def test_scrypt_is_no_method_on_a_system_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    is_hash_method = inspect.unwrap(account_settings.is_hash_method)  # no cache
    assert is_hash_method(account_settings.HASH_METHOD)

    monkeypatch.delattr("hashlib.scrypt")

    assert not is_hash_method(account_settings.HASH_METHOD)


def hash_of(app: Flask, user: Account) -> str:
    with app.app_context():
        found = db.session.scalar(
            sa.select(User.password_hash).where(User.id == user.id)
        )
        return str(found)


def test_a_hash_is_renewed_at_the_next_log_in(
    app: Flask, client: FlaskClient, user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = hash_of(app, user)
    monkeypatch.setitem(app.config, "HASH_METHOD", "pbkdf2:sha256:2")
    form = {"email": user.email, "password": "not the password"}

    client.post("/auth/login", data=form)
    assert hash_of(app, user) == before

    form["password"] = user.password
    assert client.post("/auth/login", data=form).location == "/dashboard"
    renewed = hash_of(app, user)
    assert renewed.startswith("pbkdf2:sha256:2$")

    client.post("/auth/logout")
    assert client.post("/auth/login", data=form).location == "/dashboard"
    assert hash_of(app, user) == renewed


@pytest.mark.real_database
@pytest.mark.parametrize("path", ["/auth/register", "/auth/login", "/auth/password"])
def test_no_transaction_is_open_while_a_password_is_hashed(
    path: str,
    client: FlaskClient,
    user: Account,
    log_in: LogIn,
    open_while_hashing: list[bool],
) -> None:
    # On SQLite, an open transaction would block every other request that writes.
    browser = log_in(user) if path == "/auth/password" else client
    new = "a longer horse, a better battery"
    form = {"email": "new@example.com", "password": new, "confirm": new}
    form["current"] = user.password
    open_while_hashing.clear()

    browser.post(path, data=form)

    assert open_while_hashing
    assert not any(open_while_hashing)


def test_production_sends_both_cookies_over_https_only() -> None:
    production = CONFIGS["production"]()

    assert production.SESSION_COOKIE_SECURE
    assert production.REMEMBER_COOKIE_SECURE


def test_the_remember_cookie_has_the_flags_of_the_settings(
    app: Flask, client: FlaskClient, user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "REMEMBER_COOKIE_SECURE", True)
    form = {"email": user.email, "password": user.password, "remember": "y"}

    sent = client.post("/auth/login", data=form).headers.getlist("Set-Cookie")

    name = remember_cookie(client)
    (cookie,) = [line for line in sent if line.startswith(f"{name}=")]
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


@pytest.mark.real_database
def test_sixteen_concurrent_log_ins_hash_one_at_a_time(
    app: Flask, user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, most = 0, 0
    lock = threading.Lock()

    def slow(*_: str) -> str:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1
        return "pbkdf2:sha256:2$salt$hash"

    monkeypatch.setitem(app.config, "LOGIN_LIMIT", "100 per minute")
    # Each of these log-ins checks a hash and makes a new one.
    monkeypatch.setitem(app.config, "HASH_METHOD", "pbkdf2:sha256:2")
    monkeypatch.setattr("app.accounts.passwords.check_password_hash", slow)
    monkeypatch.setattr("app.accounts.passwords.generate_password_hash", slow)
    answers: list[str | None] = []

    def log_in() -> None:
        form = {"email": user.email, "password": user.password}
        answers.append(app.test_client().post("/auth/login", data=form).location)

    threads = [threading.Thread(target=log_in) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == ["/dashboard"] * 16
    assert most == 1


# For a process, which the time limit can end.
NESTED = """
from app.accounts import hashing

print(hashing.run(lambda: hashing.run(str, "a")))
"""


def test_what_is_hashed_may_hash_too() -> None:
    command = (sys.executable, "-c", NESTED)

    answer = subprocess.check_output(command, text=True, timeout=30)  # noqa: S603

    assert answer == "a\n"


@pytest.mark.real_database
def test_only_one_of_many_concurrent_registrations_succeeds(app: Flask) -> None:
    form = {"email": "race@example.com", "password": PASSWORD, "confirm": PASSWORD}
    barrier = threading.Barrier(8)
    answers: list[tuple[int, bool]] = []

    def register() -> None:
        browser = app.test_client()
        barrier.wait()
        response = browser.post("/auth/register", data=form)
        taken = "There is an account with this e-mail address" in response.text
        answers.append((response.status_code, taken))

    threads = [threading.Thread(target=register) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken for _, taken in answers) == [False] + [True] * 7
    assert all(status < 400 for status, _ in answers)
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(User.id))) == 1


def test_emails_are_unique_in_the_database(app: Flask, user: Account) -> None:
    again = sa.insert(User).values(email=user.email.upper(), password_hash="x")
    with app.app_context(), pytest.raises(IntegrityError):
        db.session.execute(again)


def test_deleting_an_account_deletes_its_sessions(
    app: Flask, user: Account, logged_in_client: FlaskClient
) -> None:
    with app.app_context():
        db.session.delete(db.session.get(User, user.id))
        db.session.commit()

    assert logged_in_client.get("/dashboard").status_code != 200
