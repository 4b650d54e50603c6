"""What an application logs, for tests to read. Maintained by copier-flask."""

from __future__ import annotations

import json
import logging
from io import StringIO
from typing import Any

from app.core.request_log import LineHandler


def log_from_now_on() -> StringIO:
    """Redirect the log of the newest application to a stream, and return it."""
    (handler,) = (h for h in logging.getLogger().handlers if isinstance(h, LineHandler))
    lines = StringIO()
    handler.setStream(lines)
    return lines


def entries(lines: StringIO) -> list[dict[str, Any]]:
    """Return the values of each line of a JSON log."""
    return [json.loads(line) for line in lines.getvalue().splitlines()]
