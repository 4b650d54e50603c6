"""The routes of the API."""

from __future__ import annotations

from flask import jsonify
from flask import Response

from app.api import bp
from app.api.schemas import Greeting
from app.api.schemas import Guest
from app.core.operations import operation

# isort: split
# Add your imports below this line.


@bp.get("/greeting")
@operation(returns=Greeting, query=Guest)
def greet() -> Response:
    """An example, a greeting.

    Replace it with your own resources.
    """
    guest = Guest.from_query()
    return jsonify(Greeting(text=f"Hello, {guest.name}!").model_dump(mode="json"))


# Add your routes below this line.
