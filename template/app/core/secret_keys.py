"""SECRET_KEY and the keys before it: their rules, and the key of development.

Settings: SECRET_KEY, SECRET_KEY_FALLBACKS. Maintained by copier-flask.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from app.core.rules import comma_separated
from app.core.rules import RuleError

MIN_LENGTH = 32
NEW_KEY = 'python -c "import secrets; print(secrets.token_urlsafe(48))"'


def secret_key(value: object) -> str | bytes | None:
    """Return a key without the blanks around it; raises RuleError."""
    if not isinstance(value, str | bytes):
        raise RuleError(f"SECRET_KEY must be text: make a key with {NEW_KEY}")

    check_ascii(value)
    return value.strip() or None


def check_ascii(key: str | bytes) -> None:
    """Raise RuleError for a key with other characters than ASCII."""
    if isinstance(key, str) and not key.isascii():
        raise RuleError(
            f"SECRET_KEY and SECRET_KEY_FALLBACKS must be ASCII: make a key with "
            f"{NEW_KEY}"
        )


def fallback_keys(value: object) -> list[str | bytes]:
    """Return SECRET_KEY_FALLBACKS as a list; raises RuleError for what cannot be one.

    Flask iterates over the value, so plain text would make every character a key, and
    an attacker could sign a session with one. Text is split at its commas.
    """
    if isinstance(value, str):
        value = comma_separated(value)

    keys = value or []
    if not isinstance(keys, list | tuple) or not all(
        isinstance(key, str | bytes) and key.strip() for key in keys
    ):
        raise RuleError(
            "SECRET_KEY_FALLBACKS must be a list of keys, newest first, none of them "
            "empty; in a variable they are separated by commas."
        )
    for key in keys:
        check_ascii(key)
    return [key.strip() for key in keys]


def development_key(folder: Path) -> str:
    """Return the key in `folder`, created on first use, so that sessions persist."""
    path = folder / "secret_key"
    folder.mkdir(parents=True, exist_ok=True)
    # The reloader starts two processes at once: the second finds the key of the first.
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))

    return path.read_text(encoding="ascii").strip()
