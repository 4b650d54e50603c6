"""Response headers that tell browsers to be strict."""

from __future__ import annotations

from flask import current_app
from flask import Flask
from flask import g
from flask import message_flashed
from flask import request
from flask import Response

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": Flask-WTF compares the Referer of forms sent over HTTPS.
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def init_app(app: Flask) -> None:
    app.after_request(set_headers)
    message_flashed.connect(note_message, app)


def note_message(app: Flask, **_: object) -> None:
    """Let base.html show a message that was flashed before there was a cookie.

    It does not look for messages where none can be: that would open the session, and
    each answer with "Vary: Cookie" is one that caches cannot share.
    """
    g.message_flashed = True


def set_headers(response: Response) -> Response:
    """Add each header that the view has not set itself."""
    policy = current_app.config["CONTENT_SECURITY_POLICY"]
    headers = {
        **FIXED,
        "Content-Security-Policy": "; ".join(
            f"{directive} {sources}" for directive, sources in policy.items()
        ),
    }
    if request.is_secure and (seconds := current_app.config["HSTS_SECONDS"]):
        headers["Strict-Transport-Security"] = f"max-age={seconds}"

    response.headers.extend(
        {name: value for name, value in headers.items() if name not in response.headers}
    )
    return response
