"""Security headers of responses.

`init_app()` binds compression.py too, which changes headers as well.

Settings: CONTENT_SECURITY_POLICY, HSTS_SECONDS. Maintained by copier-flask.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask

from app.core import compression
from app.core.responses import BufferedResponse
from app.core.responses import wrap

STATIC_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": Flask-WTF compares the Referer of forms sent over HTTPS.
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def init_app(app: Flask) -> None:
    wrap(app).set_headers = set_headers
    compression.init_app(app)


def policy_text(policy: object) -> str:
    """Return a policy as the value of a header, from a mapping or from text."""
    if isinstance(policy, Mapping):
        policy = "; ".join(
            f"{directive} {sources}" for directive, sources in policy.items()
        )
    # A header is one line, even if the setting has several lines.
    return " ".join(str(policy or "").split())


def set_headers(
    response: BufferedResponse, config: Mapping[str, Any], *, https: bool
) -> BufferedResponse:
    """Add each header that the view has not set itself."""
    headers = dict(STATIC_HEADERS)
    if policy := policy_text(config.get("CONTENT_SECURITY_POLICY")):
        headers["Content-Security-Policy"] = policy
    if https and (seconds := config.get("HSTS_SECONDS")):
        headers["Strict-Transport-Security"] = f"max-age={seconds}"

    response.add_missing(headers)
    return response
