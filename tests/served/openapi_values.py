"""Values for Schemathesis, by the formats of the document that no schema can express.

tests/served/test_openapi.py names this module in SCHEMATHESIS_HOOKS.
"""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import strategies

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
# gunicorn answers a longer request line itself, before the project sees it.
MAX_ADDRESS = 3_000
LARGEST_ID = 2**31 - 1
# The ids of the callers and of their tokens, and those of rows to change.
OWN = {"user_id": (1_000_000, 1_000_001), "token_id": (1, 2, 3)}
SPARE = range(4, 24)

words = strategies.text(LETTERS, min_size=1, max_size=30)
schemathesis.openapi.format(
    "email", strategies.builds("{}@{}.example.com".format, words, words)
)
schemathesis.openapi.format(
    "password", strategies.builds("pw-{}-long-enough-é".format, words)
)
schemathesis.openapi.format("name", words)
schemathesis.openapi.format("cursor", strategies.integers(0, 99).map(str))


def is_id(value: object) -> bool:
    """Return whether a variable of a path can be the id of a row."""
    return type(value) is int and 0 <= value <= LARGEST_ID


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    """Return ids of which most are those of rows, so that not each answer is a 404."""
    return {
        name: SPARE[value % len(SPARE)] if is_id(value) else value
        for name, value in (path_parameters or {}).items()
    }


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """Return whether to send a request.

    Its address has to fit into a request line. It may not change or delete the account
    or the token that is used: after it, every request would be refused, and nothing
    compared. Tests of the projects do that.
    """
    ids = (case.path_parameters or {}).items()
    if case.method in {"PATCH", "DELETE"} and any(
        is_id(value) and value in OWN.get(name, ()) for name, value in ids
    ):
        return False
    return (
        len(case.as_transport_kwargs().get("url", ""))
        + len(str(case.query or "").encode("unicode_escape"))
        < MAX_ADDRESS
    )
