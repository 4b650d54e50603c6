"""No combination has a word of a piece that was not chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from functools import cache
from itertools import chain
from pathlib import PurePath

from answers import Answers
from facts import ISSUES
from space import Space
from tables import SKIP
from trees import File

PAGE = "docs/known-issues.md"
# It knows the old tests of every piece.
MOVED = "tests/support/moved.py"
GEVENT_TEST = "tests/maintained/known_issues/test_gevent_async.py"
# One list for all projects, with the packages that some of them install.
VERSIONS = "tests/maintained/known_issues/first_versions.toml"


@dataclass
class Piece:
    """What a project may be without, and the words that would give it away."""

    name: str
    words: list[str]
    without: Answers  # with any of these answers the piece is not there
    # Files where a word means something else: a licence's, a scheme's, the reason of a
    # fixture, a colour, an optional setting, a known issue.
    elsewhere: dict[str, set[str]] = field(default_factory=dict)


# They know the errors of every driver.
DRIVERS = [
    "app/core/unavailable.py", "tests/maintained/core/test_unavailable.py",
]  # fmt: skip

# They read the addresses of every driver.
ADDRESSES = [
    "app/core/database_url.py", "tests/maintained/core/test_database_url.py",
    "tests/maintained/core/test_settings.py",
]  # fmt: skip

# The maintained tests have a sample application, with or without the piece.
SAMPLE = "tests/maintained/sample/"
FIXTURES = "tests/maintained/conftest.py"

PIECES = [
    Piece(
        "auth",
        [
            "account", "Account", "limiter", "login", "Login", "log in", "logged-in",
            "email-validator", "redis:", "dashboard", "current_user",
            "session_protection", "accounts.remember_cookie",
        ],
        {"auth": [False]},
        {
            "redis:": {"app/core/known_settings.py"},
            "account": {FIXTURES, f"{SAMPLE}pages.py"},
            "login": {FIXTURES},
            "limiter": {FIXTURES, "tests/maintained/rules/test_source_rules.py"},
            "current_user": {
                "app/core/errors.py", "tests/maintained/core/test_unavailable.py",
                f"{SAMPLE}pages.py",
            },
            "logged-in": {"tests/support/fixtures.py"},
        },
    ),
    Piece(
        "api",
        ["pydantic", "app.api", "app/api", "/api/v1/", "greeting", "test_api"],
        {"api": [False]},
        {"pydantic": {VERSIONS}},
    ),
    Piece("docker", ["docker", "Docker", "compose"], {"docker": [False]}),
    Piece("granian", ["granian", "serve.py"],
          {"server": ["gunicorn", "gunicorn-gevent"]}, {"granian": {VERSIONS}}),
    Piece("gunicorn", ["unicorn"], {"server": ["granian"]},
          {"unicorn": {PAGE, GEVENT_TEST, VERSIONS,
                       "app/accounts/common_passwords.txt"}}),
    # The known issue of gevent, and the check of gunicorn that knows its workers.
    Piece("gevent", ["gevent"], {"server": ["gunicorn", "granian"]},
          {"gevent": {
              PAGE, GEVENT_TEST, VERSIONS, "gunicorn.conf.py",
              "app/core/async_check.py",
              # One module for all servers.
              "app/accounts/hashing.py", "app/accounts/holding.py",
              "tests/maintained/accounts/test_holding.py",
          }}),
    Piece("tasks", ["background", "BACKGROUND"], {"tasks": ["none"]},
          {"background": {"app/static/css/style.css"},
           "BACKGROUND": {"app/core/database_url.py"}}),
    Piece("configuration classes",
          ["DevelopmentConfig", "ProductionConfig", "TestingConfig"],
          {"config_classes": [False]},
          {"DevelopmentConfig": {f"{SAMPLE}configuration.py"},
           "TestingConfig": {FIXTURES, f"{SAMPLE}configuration.py"}}),
    Piece("postgresql", ["psycopg", "pg_dump"],
          {"database": ["sqlite", "mysql"]},
          {"psycopg": {*ADDRESSES, *DRIVERS, "app/core/engines.py",
                       "tests/maintained/core/test_database.py"}}),
    Piece("mysql", ["pymysql", "mariadb-dump"],
          {"database": ["sqlite", "postgresql"]},
          {"pymysql": {*ADDRESSES, *DRIVERS, "app/core/revisions.py", VERSIONS}}),
    Piece("github", [".github", "dependabot", "actions/checkout"],
          {"ci": ["gitlab", "none"]}),
    Piece("gitlab", ["gitlab", "renovate"], {"ci": ["github", "none"]}),
    Piece("ci", ["prek", "pre-commit"], {"ci": ["none"]}),
]  # fmt: skip

# Files whose name is also an ordinary word: their import, their path.
AS_WORDS = {
    "csrf": ["core.csrf", "core/csrf"],
    "redirects": ["support.redirects", "support/redirects"],
    "remember_cookie": ["accounts.remember_cookie", "accounts/remember_cookie"],
}


def mitigations() -> Iterator[tuple[str, list[str]]]:
    """Give each mitigation with the names of the files that hold it."""
    for issue in ISSUES:
        stems = [PurePath(path).stem for path in issue["files"]]
        words = [AS_WORDS.get(stem, [stem]) for stem in stems]
        yield issue["id"], [*chain(*words)]


def words_of_pieces(space: Space) -> Iterator[str]:
    for piece in PIECES:
        for word in piece.words:
            allowed = piece.elsewhere.get(word, set())
            for file in saying(space, word):
                if file.path not in allowed and without(space, file, piece):
                    yield f"{file.path} says {word!r} in a project without {piece.name}"


def words_of_mitigations(space: Space) -> Iterator[str]:
    for name, words in mitigations():
        for word in words:
            for file in saying(space, word):
                skipped = space.comes_with(file, f"{SKIP}{name}", {True})
                if skipped and file.path != f"{SAMPLE}pages.py":
                    yield f"{file.path} says {word!r} in a project that skips {name}"


def words_that_are_nowhere(space: Space) -> Iterator[str]:
    """Tell which words no project says: to look for them proves nothing.

    The same applies to an allowed place without the word.
    """
    for piece in PIECES:
        for word in piece.words:
            files = list(saying(space, word))
            if not files:
                yield f"no project says {word!r}, with or without {piece.name}"
            found = {file.path for file in files if without(space, file, piece)}
            for path in piece.elsewhere.get(word, set()) - found:
                yield f"{path} never says {word!r} without {piece.name}"
    for name, words in mitigations():
        for word in words:
            if not any(saying(space, word)):
                yield f"no project says {word!r}, with or without {name}"


def without(space: Space, file: File, piece: Piece) -> bool:
    """Return whether a project without the piece has this file."""
    return any(
        space.comes_with(file, question, answers)
        for question, answers in piece.without.items()
    )


def saying(space: Space, word: str) -> Iterator[File]:
    return (file for file in space.files if file.path != MOVED and says(file, word))


@cache
def says(file: File, word: str) -> bool:
    """Tell whether a file has a word in its text or in its path."""
    return word in file.content.decode(errors="replace") or word in file.path
