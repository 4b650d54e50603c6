"""The configuration of the sample: nothing, so every setting has its default."""

from __future__ import annotations


class Config:
    """Used directly, it applies the production checks."""

    APP_CONFIG = "production"


class DevelopmentConfig(Config):
    """What `flask run` uses."""

    APP_CONFIG = "development"
    DEBUG = True


class TestingConfig(Config):
    """Tests post forms without a token, and hash with little work."""

    APP_CONFIG = "testing"
    TESTING = True
    WTF_CSRF_ENABLED = False
    HASH_METHOD = "pbkdf2:sha256:1"


CONFIGS = {
    "development": DevelopmentConfig,
    "testing": TestingConfig,
    "production": Config,
}
