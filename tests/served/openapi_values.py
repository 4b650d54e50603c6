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

words = strategies.text(LETTERS, min_size=1, max_size=30)
schemathesis.openapi.format(
    "email", strategies.builds("{}@{}.example.com".format, words, words)
)
schemathesis.openapi.format(
    "password", strategies.builds("pw-{}-long-enough-é".format, words)
)
schemathesis.openapi.format("name", words)
schemathesis.openapi.format("cursor", strategies.integers(0, 99).map(str))


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """Return whether the address of a request fits into a request line."""
    return (
        len(case.as_transport_kwargs().get("url", ""))
        + len(str(case.query or "").encode("unicode_escape"))
        < MAX_ADDRESS
    )
