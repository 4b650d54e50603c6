"""The settings of the API of a project with accounts.

A line of config.py or a variable overrides a default. Maintained by copier-flask.
"""

from __future__ import annotations

import re

from app.core.limit_settings import limit
from app.core.rules import one_of
from app.core.rules import Setting
from app.core.rules import text

PREFIX = re.compile(r"[a-z][a-z0-9_]{1,30}")

SETTINGS: tuple[Setting, ...] = (
    # Who may read the description of the API: "public", "accounts" for those who are
    # logged in, or "off".
    one_of("API_DOCS", "public", ("public", "accounts", "off")),
    # What each token begins with, so that scanners of source code recognise one. None:
    # by the name of the project. Tokens with a former prefix stay valid.
    text(
        "API_TOKEN_PREFIX",
        None,
        matches=PREFIX.fullmatch,
        rule="2 to 31 lower-case letters, digits and _, with a letter first",
    ),
    # Requests with one token.
    limit("API_TOKEN_LIMIT", "1000 per hour"),
    # Requests with a wrong token, from one network. Valid tokens are not refused by it.
    limit("API_NETWORK_LIMIT", "100 per 15 minutes"),
)
