"""Passwords: which are accepted, and how they are hashed.

Settings: HASH_METHOD, PASSWORD_MIN_LENGTH. Maintained by copier-flask.
"""

from __future__ import annotations

import secrets
import unicodedata
from functools import lru_cache
from pathlib import Path

from flask import current_app
from flask import has_app_context
from werkzeug.security import check_password_hash
from werkzeug.security import generate_password_hash

from app.accounts import hashing
from app.core.account_settings import PASSWORD_MIN_LENGTH
from app.core.texts import text

# Bytes of UTF-8, before normalisation.
MAX_BYTES = 1024

# Characters. A repeated pattern of this length is as easy to guess as one character.
MAX_PATTERN_LENGTH = 3


def normalise(password: str) -> str:
    """Return a password in NFKC, because keyboards encode é in two ways."""
    return unicodedata.normalize("NFKC", password)


def check(password: str, email: str) -> None:
    """Raise ValueError, with rule and remedy, for a password that is refused.

    `email` is the address of its account, or empty.
    """
    # First: normalising a long password takes time, for any visitor who sends one.
    if len(password.encode(errors="replace")) > MAX_BYTES:
        raise ValueError(text("passwords.long", most=MAX_BYTES))

    # Control characters and unpaired surrogates; all other characters are accepted.
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in password):
        raise ValueError(text("passwords.character"))

    spelled = normalise(password)
    # In bytes: one character of a script that has thousands is worth several letters.
    if len(spelled.encode()) < min_length():
        raise ValueError(text("passwords.short", least=min_length()))
    if spelled.casefold() == normalise(email).casefold():
        raise ValueError(text("passwords.address"))
    if spelled.casefold() in common():
        raise ValueError(text("passwords.common"))
    if is_repeated(spelled.casefold()):
        raise ValueError(text("passwords.repeated"))


def min_length() -> int:
    """Return the setting, in bytes; its default without an application."""
    if not has_app_context():
        return PASSWORD_MIN_LENGTH
    length: int = current_app.config["PASSWORD_MIN_LENGTH"]
    return length


def is_repeated(password: str) -> bool:
    """Return whether a text is blank, or a short pattern three or more times."""
    lengths = range(1, min(MAX_PATTERN_LENGTH, len(password) // 3) + 1)
    return password.isspace() or any(password[n:] == password[:-n] for n in lengths)


@lru_cache(maxsize=1)
def common() -> frozenset[str]:
    """Return the most common passwords, of 12 bytes and more, in lower case."""
    path = Path(__file__).with_name("common_passwords.txt")
    return frozenset(path.read_text(encoding="utf-8").split())


def hash_password(password: str) -> str:
    """Return the hash to store. Raises `HashingBusyError` as `hashing.run` does."""
    password_hash: str = hashing.run(
        generate_password_hash, normalise(password), method()
    )
    return password_hash


def verify(password_hash: str, password: str) -> bool:
    """Return whether a password matches a hash. Raises as `hash_password` does."""
    # No account has such a long password. The check takes the same time as any other.
    if len(password.encode(errors="replace")) > MAX_BYTES:
        password = ""
    fits: bool = hashing.run(check_password_hash, password_hash, normalise(password))
    return fits


def needs_rehash(password_hash: str) -> bool:
    """Return whether a hash was made with a method other than the current one."""
    return password_hash.split("$", maxsplit=1)[0] != method()


def method() -> str:
    """Return Werkzeug's name for the method, with its parameters."""
    name: str = current_app.config["HASH_METHOD"]
    return name


def dummy_hash() -> str:
    """Return the hash to verify against if there is no such account."""
    return dummy_hash_by(method())


@lru_cache(maxsize=4)
def dummy_hash_by(_: str) -> str:
    return hash_password(secrets.token_urlsafe())


# Names of release 0.8, kept in this release because the owner's files may use them.
hashed = hash_password
matches = verify
outdated = needs_rehash
decoy = dummy_hash
