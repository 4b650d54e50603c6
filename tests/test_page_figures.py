"""The figures of the pages are those of the code."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from tests.support.rendering import ROOT

DEPLOYING = "template/docs/deploying.md.jinja"
QUESTIONS = "docs/questions.md"
NUMBER = r"([\d,_]*\d)"
HOUR, DAY = 3600, 86_400


@dataclass(frozen=True)
class Figure:
    """A number of a page, N in its words, and where the code has it, N in its line."""

    page: str
    words: str
    path: str
    line: str
    # How many units of the code are one of the page.
    unit: int = 1


def deploying(words: str, path: str, line: str, unit: int = 1) -> Figure:
    return Figure(DEPLOYING, words, f"template/{path}", line, unit)


FIGURES = [
    deploying("`SECRET_KEY` | N characters or more", "app/core/secret_keys.py",
              "MIN_LENGTH = N"),
    deploying("at once, and has N threads more", "gunicorn.conf.py.jinja",
              "threads += N"),
    deploying("at once, and has N threads more", "app/accounts/holding.py",
              "SPARE_THREADS = N"),
    deploying("longer than N seconds at a stop", "gunicorn.conf.py.jinja",
              "graceful_timeout = N"),
    deploying("A process holds N connections, idle", "gunicorn.conf.py.jinja",
              "worker_connections = N"),
    deploying("a process holds N connections: use", "serve.py", "backpressure=N"),
    deploying("guessed N wrong passwords in", "app/core/limit_settings.py",
              '"LOGIN_NETWORK_LIMIT", "N per'),
    deploying("wrong passwords in N minutes", "app/core/limit_settings.py",
              '"LOGIN_NETWORK_LIMIT", "50 per N minutes"'),
    deploying("A request waits N seconds for another", "app/core/transactions.py",
              "LOCK_TIMEOUT = N"),
    deploying("a statement may take N seconds", "app/core/known_settings.py",
              '"DATABASE_STATEMENT_TIMEOUT", N,'),
    deploying("may do nothing for N (", "app/core/known_settings.py",
              '"DATABASE_IDLE_TIMEOUT", N,'),
    deploying("a lock ends after N seconds", "app/core/engines.py",
              "LOCK_TIMEOUT = N"),
    deploying("site may use N GiB of memory", "compose.yaml.jinja",
              "WEB_MEMORY:-Ng"),
    deploying("database may use N GiB of memory", "compose.yaml.jinja",
              "DATABASE_MEMORY:-Ng"),
    deploying("ends after N hours without a visit", "app/core/account_settings.py",
              '"PERMANENT_SESSION_LIFETIME", N,', HOUR),
    deploying("ends after N hours without a visit", "config_classes.py.jinja",
              "PERMANENT_SESSION_LIFETIME = N", HOUR),
    deploying('after N days with "Keep me', "app/core/account_settings.py",
              '"REMEMBER_COOKIE_DURATION", N,', DAY),
    deploying('after N days with "Keep me', "config_classes.py.jinja",
              "REMEMBER_COOKIE_DURATION = N", DAY),
    deploying("and N days after the log-in", "app/accounts/sessions.py",
              "ABSOLUTE_LIFETIME = timedelta(days=N)"),
    Figure("template/README.md.jinja", "the shortest password, N characters",
           "template/app/core/account_settings.py", "PASSWORD_MIN_LENGTH = N"),
    Figure(QUESTIONS, "one line, 1 to N characters", "extensions/names.jinja",
           "'project_name': N"),
    Figure(QUESTIONS, "N characters, may be empty. Default: empty. Always asked. One",
           "extensions/names.jinja", "'description': N"),
    Figure(QUESTIONS, "N characters, may be empty. Default: empty. Always asked. It",
           "extensions/names.jinja", "'author_name': N"),
    Figure(QUESTIONS, "hyphens; begins with a letter; at most N",
           "extensions/names.jinja", "longest_slug = N"),
    Figure(QUESTIONS, "a letter or digit; at most N characters",
           "extensions/names.jinja", "longest_slug = N"),
    Figure(QUESTIONS, "only the program, on Python 3.N",
           "template/Dockerfile.jinja", "ARG PYTHON_VERSION=3.N"),
    Figure(QUESTIONS, "runs as the user N", "template/Dockerfile.jinja", "USER N"),
    Figure(QUESTIONS, "which is MariaDB N", "template/compose.yaml.jinja",
           "image: mariadb:N"),
    Figure("docs/start.md", "(https://copier.readthedocs.io) 9.N or newer",
           "copier.yml", '_min_copier_version: "9.N.'),
    Figure("CONTRIBUTING.md", "in at most N lines", "tests/test_decisions.py",
           "MAX_LINES = N"),
    Figure("CONTRIBUTING.md", "the first N of the rows", "tests/executed/rows.py",
           "ROWS_OF_A_PUSH = N"),
]  # fmt: skip


def number(text: str, words: str) -> int:
    """Return the number in the place of N; the same words may be there several times.

    Raises AssertionError if the words are missing, or have different numbers.
    """
    before, after = re.split(r"\bN(?![a-z]{2})", words, maxsplit=1)
    pattern = f"{re.escape(before)}{NUMBER}{re.escape(after)}"
    found = set(re.findall(pattern, " ".join(text.split())))
    assert len(found) == 1, f"{words!r} is there with the numbers {sorted(found)}"
    return int(re.sub("[,_]", "", found.pop()))


def difference(figure: Figure, page: str, code: str) -> int:
    return number(page, figure.words) * figure.unit - number(code, figure.line)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.words)
def test_a_figure_of_a_page_is_that_of_the_code(figure: Figure) -> None:
    page, code = ((ROOT / path).read_text() for path in (figure.page, figure.path))

    assert difference(figure, page, code) == 0


@pytest.mark.parametrize(
    ("page", "code", "wrong"),
    [
        ("It ends after\n2 hours.", "LIFETIME = 7_200", 0),
        ("It ends after 2 hours.", "LIFETIME = 7_201", -1),
    ],
)
def test_another_figure_is_found(page: str, code: str, wrong: int) -> None:
    figure = Figure("page.md", "after N hours", "code.py", "LIFETIME = N", HOUR)

    assert difference(figure, page, code) == wrong
