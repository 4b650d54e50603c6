"""Every switch of Flask-Login and Flask-WTF works, or is refused at start."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.rendering import run

# Each key that a library reads, and values with which people can log in and out.
WORKING: dict[str, list[object]] = {
    "AUTH_HEADER_NAME": ["X-Token"],
    "FORCE_HOST_FOR_REDIRECTS": ["example.com", None],
    "LOGIN_DISABLED": [False],
    "REMEMBER_COOKIE_DOMAIN": ["localhost", None],
    "REMEMBER_COOKIE_DURATION": [3600],
    "REMEMBER_COOKIE_HTTPONLY": [False, True],
    "REMEMBER_COOKIE_NAME": ["mine", None],
    "REMEMBER_COOKIE_PATH": ["/", "/auth", None],
    "REMEMBER_COOKIE_REFRESH_EACH_REQUEST": [True, False],
    "REMEMBER_COOKIE_SAMESITE": ["Strict", "lax", None],
    "REMEMBER_COOKIE_SECURE": [True, False],
    "SESSION_PROTECTION": ["basic", None],
    "USE_SESSION_FOR_NEXT": [False],
    "RECAPTCHA_DATA_ATTRS": [{"theme": "dark"}],
    "RECAPTCHA_DIV_CLASS": ["box"],
    "RECAPTCHA_ENABLED": [True, False],
    "RECAPTCHA_HTML": ["<p>"],
    "RECAPTCHA_PARAMETERS": [{"hl": "en"}],
    "RECAPTCHA_PRIVATE_KEY": ["key"],
    "RECAPTCHA_PUBLIC_KEY": ["key"],
    "RECAPTCHA_SCRIPT": ["https://example.com/a.js"],
    "RECAPTCHA_VERIFY_SERVER": ["https://example.com/"],
    "SECRET_KEY": ["s" * 40],
    "WTF_CSRF_CHECK_DEFAULT": [True, False],
    "WTF_CSRF_ENABLED": [True, False],
    "WTF_CSRF_FIELD_NAME": ["token", "_proof"],
    "WTF_CSRF_HEADERS": [["X-Proof"], []],
    "WTF_CSRF_META_NAME": ["proof"],
    "WTF_CSRF_METHODS": [["post", "PUT"], []],
    "WTF_CSRF_SECRET_KEY": ["w" * 40, ["v" * 40, "w" * 40]],
    "WTF_CSRF_SSL_STRICT": [True, False],
    "WTF_CSRF_TIME_LIMIT": [60, None],
    "WTF_I18N_ENABLED": [True, False],
    # Flask's own of the session, for the same visits.
    "SESSION_COOKIE_DOMAIN": ["localhost", None],
    "SESSION_COOKIE_NAME": ["mine", None],
    "SESSION_COOKIE_PARTITIONED": [True, False],
    "SESSION_COOKIE_PATH": ["/", None],
    "SESSION_COOKIE_SAMESITE": ["strict", None],
    "SESSION_REFRESH_EACH_REQUEST": [True, False],
    "PERMANENT_SESSION_LIFETIME": [60],
    "SESSION_ABSOLUTE_LIFETIME": [60, None],
}
OTHERS: list[object] = ["x y", "", -1, 10**15, ["a"], {"a": 1}, None, True]

SCRIPT = r"""
import json, pathlib, re, sys
import flask_login, flask_wtf
from flask import Flask
from app import create_app
from app.core import settings
from app.core.rules import SettingsError
from app.extensions import db, limiter

READS = (r'config(?:\.get|\.setdefault)?[\[(]\s*"([A-Z][A-Z0-9_]+)"',
         r'_get_config\((?:[^()]|\n)*?"([A-Z][A-Z0-9_]+)"')
files = [path for package in (flask_login, flask_wtf)
         for path in pathlib.Path(package.__file__).parent.rglob("*.py")]
keys = {key for path in files for read in READS
        for key in re.findall(read, path.read_text())}

def visit(name, value):
    given = {"TESTING": True, "PROPAGATE_EXCEPTIONS": False, "WTF_CSRF_ENABLED": True,
             "EMAIL_CONFIRMATION": "banner",
             "SQLALCHEMY_DATABASE_URI": "sqlite://", name: value}
    given = type("Given", (), given)
    try:
        settings.load(Flask("app"), given)  # takes less time than a whole application
        app = create_app(given)
    except SettingsError as error:
        return {"refused": str(error)}
    with app.app_context():
        db.create_all()
    limiter.reset()
    browser, statuses = app.test_client(), []
    # Over HTTPS, as in production: with that, all cookies are sent back.
    at = {"base_url": "https://localhost", "headers": {"Referer": "https://localhost/"}}
    field = app.config["WTF_CSRF_FIELD_NAME"]
    words = {"email": "ada@example.com", "password": "correct horse battery staple"}
    words |= {"confirm": words["password"], "remember": "y"}

    def get(path):
        answer = browser.get(path, **at)
        statuses.append(answer.status_code)
        return answer.text

    def post(page, path):
        token = re.search(f'name="{re.escape(field)}"[^>]* value="([^"]+)"', get(page))
        form = words | ({field: token[1]} if token else {})
        answer = browser.post(path, data=form, **at)
        statuses.append(answer.status_code)

    get("/"), get("/dashboard"), get("/api/v1/users")
    post("/auth/register", "/auth/register")
    post("/auth/login", "/auth/login")
    arrived = "ada@example.com" in get("/dashboard")
    get("/auth/password"), get("/api/v1/users")
    post("/dashboard", "/auth/logout")
    left = browser.get("/dashboard", **at).status_code == 302
    with app.app_context():
        db.engine.dispose()
    return {"statuses": statuses, "works": arrived and left}

tries = json.loads(pathlib.Path(sys.argv[1]).read_text())
print(json.dumps({"keys": sorted(keys), "visits": [visit(*one) for one in tries]}))
"""


@pytest.fixture(scope="module")
def project(installed: Callable[..., Path]) -> Path:
    return installed(preset="full")


def visits(project: Path, folder: Path, tries: list[tuple[str, object]]) -> Any:
    (folder / "tries.json").write_text(json.dumps(tries))
    python = str(project / ".venv/bin/python")
    return json.loads(run(project, python, "-c", SCRIPT, str(folder / "tries.json")))


def test_a_switch_that_is_on_the_list_works(project: Path, tmp_path: Path) -> None:
    tries = [(name, value) for name in WORKING for value in WORKING[name]]

    found = visits(project, tmp_path, tries)

    # A key that a new version reads belongs into the table of settings, and here.
    assert [key for key in found["keys"] if key not in WORKING] == []
    for one, visit in zip(tries, found["visits"], strict=True):
        assert visit.get("works"), (one, visit)
        assert max(visit["statuses"]) < 500, (one, visit)


def test_no_value_of_a_switch_is_found_out_by_a_visitor(
    project: Path, tmp_path: Path
) -> None:
    tries = [(name, value) for name in WORKING for value in OTHERS]

    found = visits(project, tmp_path, tries)

    for one, visit in zip(tries, found["visits"], strict=True):
        if refusal := visit.get("refused"):
            assert one[0] in refusal, (one, visit)
            assert "\n" not in refusal, (one, visit)
        else:
            assert max(visit["statuses"]) < 500, (one, visit)
