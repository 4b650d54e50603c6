"""Behind proxies, the client's address, scheme and host come from their headers."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix


def init_app(app: Flask) -> None:
    # "*" alone is the operator's word for no check; Flask's word is None.
    if app.config["TRUSTED_HOSTS"] == ["*"]:
        app.config["TRUSTED_HOSTS"] = None

    # Exactly as many values are believed as there are proxies: one more, and a
    # client could write its own address. The host is among them since Flask-WTF
    # compares it with the Referer of every form sent over HTTPS.
    if hops := app.config["PROXY_HOPS"]:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # Flask's documented way
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_prefix=hops
        )
