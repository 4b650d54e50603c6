"""Static files: an address changes with its content, so that caches may keep it.

Maintained by copier-flask.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import current_app
from flask import Flask
from flask import request
from flask import Response
from flask import send_from_directory
from werkzeug.security import safe_join

from app.core import request_log

# Files that clients look for at the root of the site.
ROOT_FILES = ("favicon.ico", "robots.txt")

# ValueError: a NUL byte is in no path.
NO_FILE = (OSError, ValueError)

# In bytes. To read larger files would slow the start down.
MAX_REMEMBERED = 1_000_000
REMEMBERED = "static_versions"  # a key of `app.extensions`


def init_app(app: Flask) -> None:
    app.extensions[REMEMBERED] = {}
    app.url_defaults(add_version)
    app.after_request(set_cache_life)

    for name in ROOT_FILES:
        app.add_url_rule(f"/{name}", f"static_{name.split('.')[0]}", root_file)


def root_file() -> Response:
    """Return a file of ROOT_FILES."""
    return send_from_directory(current_app.static_folder or "", request.path[1:])


def remember_versions(app: Flask) -> None:
    """Keep the version of each static file, for `url_for()` until the next start.

    The pages of this version then keep the URLs of its files, which browsers and caches
    have, even if the files of the next version are already there.
    """
    if not app.static_folder:
        return
    versions = app.extensions[REMEMBERED]
    for path in Path(app.static_folder).rglob("*"):
        if path.is_file() and path.stat().st_size <= MAX_REMEMBERED:
            name = path.relative_to(app.static_folder).as_posix()
            versions[name] = version(name, app.static_folder)


def add_version(endpoint: str, values: dict[str, Any]) -> None:
    """Let `url_for("static", ...)` end in ?v= and a part of the file's hash."""
    if endpoint == "static":
        filename = values.get("filename", "")
        known = current_app.extensions[REMEMBERED].get(filename) or version(filename)
        if known:
            values.setdefault("v", known)


def set_cache_life(response: Response) -> Response:
    """Let caches keep a static file for a year if its URL has the right version."""
    endpoint = request.endpoint
    if is_static(endpoint):
        request_log.mark_static()

    # Not an error: it must not be cached at the address of a file that may come.
    if endpoint == "static" and request.view_args and is_found(response):
        asked = request.args.get("v")
        if asked and asked == version(request.view_args["filename"]):
            response.cache_control.no_cache = None
            response.cache_control.public = True
            response.cache_control.max_age = 31_536_000
            response.cache_control.immutable = True

    return response


def is_static(endpoint: str | None) -> bool:
    """Return whether an endpoint is the one of a static file."""
    name = endpoint or ""
    return name.startswith("static_") or name.rpartition(".")[2] == "static"


def is_found(response: Response) -> bool:
    """Return whether a response has a file, or says that it has not changed."""
    return response.status_code in {200, 206, 304}


def version(filename: str, folder: str | None = None) -> str | None:
    """Return the first 12 hexadecimal digits of the SHA-256 of a static file.

    It is a file of `folder`, or of the current application's static folder.
    """
    path = safe_join(folder or current_app.static_folder or "", filename)
    try:
        stat = Path(path or "").stat()
        return digest(path or "", stat.st_mtime_ns, stat.st_size)
    except NO_FILE:
        return None


@lru_cache(maxsize=1024)
def digest(path: str, changed: int, size: int) -> str:
    """Return the beginning of the hash of a file."""
    # The time of its change and its size are in the key of the cache: an edited file
    # gets a new address without a restart.
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]
