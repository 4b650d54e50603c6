"""Faults in how the database is set up and used."""

from __future__ import annotations

ENGINES = "app/core/engines.py"
OWN = "tests/maintained/core/test_database.py"
STREAMS = "tests/maintained/known_issues/test_idempotent_teardown.py"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "commands have the limits of requests": (
        ENGINES,
        "if serves_request() else OF_THE_DATABASE",
        "",
        f"{OWN}::test_a_command_has_no_limits",
    ),
    "requests have no limits": (
        ENGINES,
        "wanted = of_requests if serves_request()",
        "wanted = of_requests if not serves_request()",
        f"{OWN}::test_a_request_has_limits",
    ),
    "a command keeps the limits of the request before it": (
        ENGINES,
        'record.info.get("limits", OF_THE_DATABASE) != wanted',
        '"limits" not in record.info',
        f"{OWN}::test_a_command_gets_a_connection_of_requests_without_limits",
    ),
    "a streamed body has no limits": (
        "app/core/streaming.py",
        "g.streams = True",
        "g.streams = False",
        f"{STREAMS}::test_a_streamed_body_has_the_limits_of_a_request",
    ),
    "foreign keys unchecked": (ENGINES, "foreign_keys = ON", "foreign_keys = OFF", OWN),
}
