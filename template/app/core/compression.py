"""Compression with gzip of text that every visitor may see.

A page with a secret is sent as it is: if it also repeats what the address says, the
length of the compressed page reveals the secret bit by bit (the attack BREACH). So an
answer is left alone if it sets a cookie, differs by cookie, is private, or answers a
request with credentials. Pages with a form are among these, because their token is in
the session.

headers.py binds it. Settings: COMPRESSION. Maintained by copier-flask.
"""

from __future__ import annotations

import gzip
from functools import lru_cache

from flask import Flask
from flask import request
from flask import Response

from app.core import hooks
from app.core.static_files import is_static

MIN_BYTES = 1_000  # fewer fit into one packet with their headers
MAX_BYTES = 1_000_000  # it is compressed in memory

COMPRESSED = {
    "application/javascript",
    "application/json",
    "application/manifest+json",
    "application/xml",
    "image/svg+xml",
}
PRIVATE = {"no-store", "no-transform", "private"}


def init_app(app: Flask) -> None:
    if app.config["COMPRESSION"]:
        app.extensions[hooks.AFTER_SESSION].append(compress)


def compress(response: Response) -> Response:
    """Compress a response for a client that takes gzip, if it is one of those."""
    if not (is_text(response) and is_public(response) and has_size(response)):
        return response

    response.vary.add("Accept-Encoding")
    if request.accept_encodings.best_match(["gzip", "identity"]) != "gzip":
        return response

    # Weak: the same content in other bytes. A client that sends it back gets a 304.
    tag, _ = response.get_etag()
    if tag:
        response.set_etag(tag, weak=True)
    if response.status_code == 200:
        replace_body(response)
    return response


def is_public(response: Response) -> bool:
    """Return whether a response is the same for all visitors."""
    return not (
        "Set-Cookie" in response.headers
        or "Authorization" in request.headers
        or {"cookie", "authorization", "*"} & set(response.vary.as_set())
        or PRIVATE & response.cache_control.keys()
    )


def is_text(response: Response) -> bool:
    """Return whether a response is a whole text, or says that one has not changed."""
    kind = response.mimetype or ""
    return (
        request.method in {"GET", "HEAD"}
        and response.status_code in {200, 304}
        and "Content-Encoding" not in response.headers
        and (kind.startswith("text/") or kind in COMPRESSED)
    )


def has_size(response: Response) -> bool:
    """Return whether the length is known and within the bounds; not of a stream."""
    size: int | None = None
    if is_static(request.endpoint) and "X-Sendfile" not in response.headers:
        size = response.content_length
    elif not response.is_streamed:
        size = response.calculate_content_length()
    return size is not None and MIN_BYTES <= size <= MAX_BYTES


def replace_body(response: Response) -> None:
    """Compress the body of a response, and say so in its headers."""
    response.direct_passthrough = False  # of a file, so that it can be read
    body = response.get_data()
    is_file = is_static(request.endpoint)
    response.set_data(compressed_file(body) if is_file else compressed(body))
    response.headers["Content-Encoding"] = "gzip"
    # A part of the compressed bytes is of no use.
    response.headers.pop("Accept-Ranges", None)


def compressed(body: bytes) -> bytes:
    """Return a body in gzip, always the same bytes."""
    return gzip.compress(body, compresslevel=6, mtime=0)


# By content, so that an edited file is compressed again. Pages are not kept: there may
# be any number of them.
compressed_file = lru_cache(maxsize=256)(compressed)
