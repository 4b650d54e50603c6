"""Faults in how temporary failures are distinguished from defects, and answered."""

from __future__ import annotations

UNAVAILABLE = "app/core/unavailable.py"
TEXTS = "app/core/unavailable.py"
ERRORS = "app/core/errors.py"
OWN = "tests/maintained/core/test_unavailable.py"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "sqlite: any code": (UNAVAILABLE, "code & 0xFF in SQLITE_CODES", "code", OWN),
    "sqlite: extended code": (UNAVAILABLE, "code & 0xFF in", "code in", OWN),
    "mysql: any number": (UNAVAILABLE, "if first in MYSQL_CODES", "if first", OWN),
    "postgresql: any state": (UNAVAILABLE, "if temporary else None", "", OWN),
    "psycopg: any class": (
        UNAVAILABLE,
        "if names & CONNECTION_ERRORS else None",
        "",
        OWN,
    ),
    "psycopg: no subclass": (
        UNAVAILABLE,
        "type(error).__mro__\n    }",
        "[type(error)]}",
        OWN,
    ),
    "psycopg: not sent": (UNAVAILABLE, "and is_not_sent(error)", "and False", OWN),
    "of the driver itself": (
        UNAVAILABLE,
        '.partition(".")[0] in DRIVERS',
        ' == ""',
        OWN,
    ),
    "pending": (UNAVAILABLE, ' and error.code == "8s2b"', "", OWN),
    "no retry": (ERRORS, ", retry_after=RETRY_AFTER)", ")", OWN),
    "outside of views": (
        "app/core/hooks.py",
        "if failure := unavailable.cause(error):",
        "if failure := None:",
        OWN,
    ),
    "owner's page": (
        ERRORS,
        "current_app._find_error_handler(answer, request.blueprints)",
        "handle_http_error",
        OWN,
    ),
    "owner's handler of all": (ERRORS, "if general is None:", "if True:", OWN),
    "asks who it is": (ERRORS, '{"current_user": None} if', "{} if", OWN),
    "open transaction": (ERRORS, ".session.rollback()", ".session", OWN),
    "every detail": (ERRORS, "] = now", "] = -DETAIL_EVERY", OWN),
    "traceback of the layout": (
        ERRORS,
        "if failure := unavailable.cause(fault):",
        "if failure := None:",
        OWN,
    ),
    "traceback of a hook": (
        "app/core/request_log.py",
        "return unavailable.cause(ei[1]) or ",
        "return ",
        OWN,
    ),
    "parameters": (
        "app/core/engines.py",
        "engine.hide_parameters = not engine.echo",
        "pass",
        OWN,
    ),
    "values in texts": (
        "app/core/engines.py",
        'event.listen(engine, "handle_error", unavailable.hide_values)',
        "pass",
        OWN,
    ),
    "value of a duplicate": (TEXTS, "text.rpartition(' for key ')[2]", "text", OWN),
    "any class of values": (TEXTS, "if named else HIDDEN_TEXT", "", OWN),
    "log-out": (
        "app/accounts/sessions.py",
        "raise LogOutError from error",
        "pass",
        "tests/maintained/accounts/test_login.py",
    ),
    "ready: wrong option": (
        "app/core/health.py",
        'except Exception as error:  # noqa: BLE001\n        log_failure("database',
        'except OSError as error:\n        log_failure("database',
        "tests/maintained/core/test_errors.py",
    ),
    "ready: when": (
        "app/core/health.py",
        'response.headers["Retry-After"] = str(RETRY_AFTER)',
        "pass",
        "tests/maintained/core/test_errors.py",
    ),
    "ready: redis": (
        "app/core/health.py",
        "if not failed:",
        'if "database" not in failed:',
        "tests/maintained/accounts/test_throttling.py",
    ),
}
