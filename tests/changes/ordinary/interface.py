"""A product that is an API."""

from __future__ import annotations

from tests.changes.applying import change

ANSWERS = {"preset": "api"}

ROUTES = "app/api/routes.py"
AUTH = "app/auth/routes.py"
FACTORY = "app/__init__.py"
EXTENSIONS = "    # Add your extensions below this line.\n"
LANDING = "# Add your routes below this line.\n"

CHANGES = {
    "a resource of the owner": change(
        (ROUTES, LANDING, LANDING + (
            '\n\n@bp.get("/things")\ndef list_things() -> Response:\n'
            '    """All things."""\n'
            '    return jsonify([{"name": "chair"}])\n'
        )),
    ),
    "accounts have an export": change(
        (ROUTES, LANDING, LANDING + (
            '\n\n@bp.get("/me")\ndef get_me() -> Response:\n'
            '    """The account that asks."""\n'
            "    return jsonify(shape(current_user))\n"
        )),
    ),
    "errors of the API have a member of the owner": change(
        ("app/api/failures.py", "", '''"""Errors in the product's own form."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from app.api import bp


@bp.errorhandler(404)
def not_found(error: NotFound) -> ResponseReturnValue:
    return jsonify(error={"code": 404, "text": error.description}), 404
'''),
        ("app/api/__init__.py", "from app.api import routes  # noqa: E402, F401\n", (
            "from app.api import failures  # noqa: E402, F401\n"
            "from app.api import routes  # noqa: E402, F401\n"
        )),
    ),
    "lists have other limits": change(
        ("app/api/schemas.py", "    sort: Literal[", (
            "    limit: int = Field(20, ge=1, le=500)\n    sort: Literal["
        )),
    ),
    "another version of the API": change(
        ("app/__init__.py", 'url_prefix="/api/v1"', 'url_prefix="/api/v2"'),
    ),
    "an API in one file, below /api": change(
        ("app/rpc.py", "", '''"""Calls."""

from __future__ import annotations

from flask import abort
from flask import Blueprint
from flask import jsonify
from flask import request
from flask import Response

from app.extensions import csrf

bp = Blueprint("rpc", __name__, url_prefix="/api/rpc")
csrf.exempt(bp)  # rule: csrf-exempt - a token in a header is asked for


@bp.before_request
def authenticate() -> None:
    if request.headers.get("X-Token") != "a":
        abort(401)


@bp.post("/echo")
def echo() -> Response:
    return jsonify(request.get_json())
'''),
        ("app/__init__.py", "    # Add your blueprints below this line", (
            "    from app.rpc import bp as rpc_bp\n\n"
            "    # For callers with a token; app/rpc.py checks it.\n"
            "    app.register_blueprint(rpc_bp)\n"
            "    # Add your blueprints below this line"
        )),
    ),
    "there is no page for registration": change(
        (AUTH, '@bp.route("/register", methods=["GET", "POST"])\n', ""),
        ("app/templates/auth/register.html",),
        (AUTH, 'render_template("auth/register.html", form=form)', '"Gone."'),
        asks="test_a_visitor_registers_and_logs_in",
    ),
    "a visitor is shown a page of the owner": change(
        ("app/visitors.py", "", '''"""What a visitor is shown in place of a page."""

from __future__ import annotations

from flask import abort
from flask import render_template
from flask import request


def show_welcome() -> str:
    if request.path.startswith("/api/"):
        abort(401)
    return render_template("main/index.html")
'''),
        (FACTORY, "from app import extensions\n", (
            "from app import extensions\nfrom app import visitors\n"
        )),
        (FACTORY, EXTENSIONS, EXTENSIONS + (
            "    extensions.login_manager.unauthorized_handler(visitors.show_welcome)\n"
        )),
        asks="test_the_dashboard_is_shown_after_a_log_in_only",
    ),
    "pages are gone, the API stays": change(
        ("app/dashboard",),
        ("app/templates/dashboard",),
        ("app/templates/navigation.html",),
        ("app/__init__.py", '''    from app.dashboard import bp as dashboard_bp

    # For people who are logged in; app/dashboard/routes.py checks it.
    app.register_blueprint(dashboard_bp)

''', ""),
        *(((AUTH, "dashboard.index", "main.index"),) * 3),
        asks="test_the_dashboard_is_shown_after_a_log_in_only",
    ),
}  # fmt: skip
