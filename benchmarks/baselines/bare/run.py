"""Flask without anything: one view, and a key, so that it opens sessions."""

from __future__ import annotations

from flask import Flask
from flask import jsonify
from flask import Response

app = Flask(__name__)
app.secret_key = "k" * 48


@app.get("/bench/json")
def as_json() -> Response:
    """Answer JSON, without a query."""
    return jsonify(status="ok")
