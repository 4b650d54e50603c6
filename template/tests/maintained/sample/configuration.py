"""The configuration of the sample: every setting has its default."""

from __future__ import annotations


class Config:
    """Used directly, it applies the production checks."""

    APP_CONFIG = "production"


class DevelopmentConfig(Config):
    """Used by `flask run`."""

    APP_CONFIG = "development"
    DEBUG = True


class TestingConfig(Config):
    """Tests submit forms without a token, and hash with a low cost."""

    APP_CONFIG = "testing"
    TESTING = True
    WTF_CSRF_ENABLED = False
    HASH_METHOD = "pbkdf2:sha256:1"


CONFIGS = {
    "development": DevelopmentConfig,
    "testing": TestingConfig,
    "production": Config,
}
