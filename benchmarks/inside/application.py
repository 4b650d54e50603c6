"""What the scripts share: the application of the current folder, and its form."""

from __future__ import annotations

import os
import re
from importlib import import_module
from typing import Any
from typing import TextIO

SITE = "https://127.0.0.1"
PASSWORD = "a longer horse, a better battery"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def load() -> Any:
    return import_module("run").app


def database() -> Any:
    return import_module("app.extensions").db


def email(number: int) -> str:
    return f"person-{number}@example.com"


def own_output() -> TextIO:
    """Return the standard output; what the application writes goes nowhere."""
    output = os.fdopen(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return output


def token_in(page: str) -> str:
    """Return the CSRF token of a page with a form; raises ValueError."""
    found = TOKEN.search(page)
    if found is None:
        raise ValueError(f"no form with a token:\n{page}")
    return found[1]
