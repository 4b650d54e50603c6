"""The application object for servers: `gunicorn run:app`, `flask --app run run`."""

from __future__ import annotations

import sys

from app import create_app

if __name__ == "__main__":
    sys.stderr.write(
        "This file starts no server. For development: uv run flask run --debug\n"
        "For production: uv run gunicorn run:app\n"
    )
    sys.exit(2)

app = create_app()
