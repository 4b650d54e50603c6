"""Settings, of one kind of site: other limits, times, cookies and policies."""

from __future__ import annotations

from tests.changes.applying import Change
from tests.changes.applying import change

ANSWERS = {"preset": "full"}

CONFIG = "config.py"
SETTINGS = "    # Add your settings below this line.\n"


def setting(name: str, value: str) -> Change:
    """Return a change of one line of `Config`."""
    return change((CONFIG, SETTINGS, f"{SETTINGS}    {name} = {value}\n"))


CHANGES = {
    "only warnings are logged": change((CONFIG, '"INFO"', '"WARNING"')),
    "the log is for people": change((CONFIG, "LOG_JSON = True", "LOG_JSON = False")),
    "a session lasts an hour": change((CONFIG, "43_200", "3_600")),
    "the remember cookie lasts a week": change((CONFIG, "2_592_000", "604_800")),
    "the session cookie is strict": change(
        (CONFIG, 'SESSION_COOKIE_SAMESITE = "Lax"', 'SESSION_COOKIE_SAMESITE = "Strict"')
    ),
    "the remember cookie is strict": change(
        (CONFIG, (
            'REMEMBER_COOKIE_SAMESITE = "Lax"'
        ), 'REMEMBER_COOKIE_SAMESITE = "Strict"')
    ),
    "an account has one session": change(
        (CONFIG, "SINGLE_SESSION = False", "SINGLE_SESSION = True")
    ),
    "sessions are not bound to an address": change(
        (CONFIG, 'None = "basic"', "None = None")
    ),
    "passwords are hashed with more work": change(
        (CONFIG, "scrypt:32768:8:1", "scrypt:65536:8:1")
    ),
    "tests hash as production does": change(
        (CONFIG, 'HASH_METHOD = "pbkdf2:sha256:1"', 'HASH_METHOD = "scrypt:1024:8:1"')
    ),
    "the token of a form lasts an hour": change(
        (CONFIG, "WTF_CSRF_TIME_LIMIT: int | None = None", "WTF_CSRF_TIME_LIMIT = 3600")
    ),
    "there is a proxy": change((CONFIG, "PROXY_HOPS = 0", "PROXY_HOPS = 1")),
    "a process has eight threads": change(
        (CONFIG, "WEB_THREADS = 4", "WEB_THREADS = 8")
    ),
    "larger bodies": change(
        (CONFIG, "MAX_CONTENT_LENGTH = 1024", "MAX_CONTENT_LENGTH = 16 * 1024")
    ),
    "larger fields": change((CONFIG, "500_000", "2_000_000")),
    "fewer parts": change((CONFIG, "MAX_FORM_PARTS = 1_000", "MAX_FORM_PARTS = 50")),
    "pages may be framed by the site": change(
        (CONFIG, "\"frame-ancestors\": \"'none'\"", "\"frame-ancestors\": \"'self'\"")
    ),
    "HSTS in every configuration": change(
        (CONFIG, "HSTS_SECONDS = 0", "HSTS_SECONDS = 63_072_000")
    ),
    "stricter limits on guesses": setting("LOGIN_LIMIT", '"3 per hour"'),
    "stricter limits on networks": setting("LOGIN_NETWORK_LIMIT", '"8 per hour"'),
    "few registrations": setting("REGISTRATION_LIMIT", '"2 per day"'),
    "another name for the session cookie": setting("SESSION_COOKIE_NAME", '"shop"'),
    "another name for the remember cookie": setting("REMEMBER_COOKIE_NAME", '"stay"'),
    "links are https": setting("PREFERRED_URL_SCHEME", '"https"'),
    "hosts are named": change(
        (CONFIG, "TRUSTED_HOSTS: list[str] | None = None", (
            'TRUSTED_HOSTS: list[str] | None = ["localhost", "shop.example.com"]'
        ))
    ),
    "a session has an end": setting("SESSION_ABSOLUTE_LIFETIME", "86_400"),
    "every request renews the session cookie": setting(
        "SESSION_REFRESH_EACH_REQUEST", "False"
    ),
    "limits in headers": setting("RATELIMIT_HEADERS_ENABLED", "True"),
    "statements may take longer": setting("DATABASE_STATEMENT_TIMEOUT", "300"),
    "static files are kept for a day": setting("SEND_FILE_MAX_AGE_DEFAULT", "86_400"),
    "SQL is recorded": setting("SQLALCHEMY_RECORD_QUERIES", "True"),
    "a setting that nothing else knows": setting("SHOP_CURRENCY", '"EUR"'),
    "errors are raised in tests": change(
        (CONFIG, "    TESTING = True\n", (
            "    TESTING = True\n    PROPAGATE_EXCEPTIONS = True\n"
        ))
    ),
}  # fmt: skip
