"""The configuration classes; `APP_CONFIG` names the one that the project runs with.

Secrets and addresses are not here: they come from the environment, which
`app/core/settings.py` reads after these classes. See `.env.example`.
Every setting of Flask: https://flask.palletsprojects.com/en/stable/config/
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

SITE = tomllib.loads(
    (Path(__file__).parent / "app" / "site.toml").read_text(encoding="utf-8")
)


class Config:
    """What all configurations share. Used as it is, it has the rules of production."""

    APP_CONFIG = "production"
    DEBUG = False
    TESTING = False

    SITE_NAME: str = SITE["name"]
    SITE_DESCRIPTION: str = SITE["description"]

    SECRET_KEY: str | None = None
    SQLALCHEMY_DATABASE_URI: str | None = None
    TRUSTED_HOSTS: list[str] | None = None
    PROXY_HOPS = 0

    # In bytes: a larger request is refused with 413.
    MAX_CONTENT_LENGTH = 1024 * 1024

    # Every form and every other unsafe request needs the token of its session.
    WTF_CSRF_ENABLED = True

    SESSION_COOKIE_SECURE = False
    SESSION_COOKIE_SAMESITE = "Lax"

    # In seconds, on HTTPS answers only: a browser that saw it stays on HTTPS.
    HSTS_SECONDS = 0

    # The places that a page may load from. Nothing inline, nothing from elsewhere.
    CONTENT_SECURITY_POLICY: dict[str, str] = {
        "default-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "object-src": "'none'",
    }

    LOG_LEVEL = "INFO"
    LOG_JSON = True

    # Add your settings below this line.


class DevelopmentConfig(Config):
    APP_CONFIG = "development"
    DEBUG = True

    # A relative path lies in the folder instance/.
    SQLALCHEMY_DATABASE_URI = "sqlite:///app.db"

    LOG_JSON = False

    # Add your settings for development below this line.


class TestingConfig(Config):
    APP_CONFIG = "testing"
    TESTING = True

    # Tests post forms without fetching the page first; a test of its own
    # switches the protection on and sees it refuse.
    WTF_CSRF_ENABLED = False

    # Add your settings for tests below this line.


class ProductionConfig(Config):
    SESSION_COOKIE_SECURE = True
    HSTS_SECONDS = 31_536_000

    # Add your settings for production below this line.


CONFIGS: dict[str, Callable[[], Config]] = {
    "development": DevelopmentConfig,
    "testing": TestingConfig,
    "production": ProductionConfig,
}
