"""Areas, tables, commands and hooks of the owner."""

from __future__ import annotations

from tests.changes.applying import change

ANSWERS = {"preset": "website"}

FACTORY = "app/__init__.py"
HERE = "# Add your imports below this line.\n"
EXTENSIONS = "    # Add your extensions below this line.\n"
BLUEPRINTS = "    # Add your blueprints below this line, each with its access rule.\n"
MODELS = "app/models.py"
TABLES = (
    "# Add your models below this line, each a class on `Base` of app.core.database.\n"
)


def wired(name: str, more: str = "") -> tuple[str, str, str]:
    """Return the edit that registers the blueprint of a module of the owner."""
    return (FACTORY, BLUEPRINTS, (
        f"{BLUEPRINTS}    from app.{name} import bp as {name}_bp\n\n"
        "    # Open to everyone.\n"
        f"    app.register_blueprint({name}_bp{more})\n"
    ))  # fmt: skip


def area(name: str, body: str, imports: str = "") -> tuple[str, str, str]:
    """Return the edit that adds a module with a blueprint."""
    return (
        f"app/{name}.py",
        "",
        f'''"""An area of the product."""

from __future__ import annotations

from flask import Blueprint
{imports}
bp = Blueprint("{name}", __name__)


{body}''',
    )


def extension(lines: str) -> tuple[str, str, str]:
    return (FACTORY, EXTENSIONS, EXTENSIONS + lines)


CHANGES = {
    "README.md, AGENTS.md and a page of docs/ are gone": change(
        ("README.md",), ("AGENTS.md",), ("docs/first-page.md",)
    ),
    "an area in one file": change(
        area("shop", '@bp.get("/shop")\ndef index() -> str:\n    return "The shop."\n'),
        wired("shop"),
    ),
    "an area with its own pages and static files": change(
        ("app/blog/__init__.py", "", '''"""The blog, with its own pages."""

from __future__ import annotations

from flask import Blueprint
from flask import render_template

# rule: blueprint-folders - its folder is named after it, so nothing is shadowed
bp = Blueprint("blog", __name__, template_folder="pages", static_folder="files")


@bp.get("/blog")
def index() -> str:
    return render_template("blog/index.html")
'''),
        ("app/blog/pages/blog/index.html", "", "<h1>Blog</h1>\n"),
        wired("blog"),
    ),
    "an area that a function makes": change(
        ("app/wiki.py", "", '''"""The wiki."""

from __future__ import annotations

from flask import Blueprint


def make_blueprint(name: str) -> Blueprint:
    bp = Blueprint(name, __name__)

    @bp.get(f"/{name}")
    def index() -> str:
        return name

    return bp
'''),
        (FACTORY, BLUEPRINTS, BLUEPRINTS + (
            "    from app.wiki import make_blueprint\n\n"
            "    # Open to everyone.\n"
            '    app.register_blueprint(make_blueprint("wiki"))\n'
        )),
    ),
    "an area whose routes are imported by import app.x.routes": change(
        ("app/news/__init__.py", "", '''"""News."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("news", __name__)

from . import views  # noqa: E402, F401
'''),
        ("app/news/views.py", "", '''"""The pages of the news."""

from __future__ import annotations

from app.news import bp


@bp.get("/news")
def index() -> str:
    return "News."
'''),
        wired("news"),
    ),
    "an area of areas": change(
        ("app/office.py", "", '''"""The office, of two parts."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("office", __name__, url_prefix="/office")
desk = Blueprint("desk", __name__, url_prefix="/desk")


@desk.get("/")
def index() -> str:
    return "A desk."


bp.register_blueprint(desk)
'''),
        wired("office"),
    ),
    "a view is a class": change(
        area("things", '''class Things(MethodView):
    def get(self) -> str:
        return "Things."

    def post(self) -> str:
        return "Made."


bp.add_url_rule("/things", view_func=Things.as_view("things"))
''', "from flask.views import MethodView\n"),
        wired("things"),
    ),
    "a table that refers to people": change(
        (MODELS, TABLES, TABLES + '''

class Order(Base):
    """An order of a user."""

    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    total: Mapped[int] = mapped_column(default=0)

    user: Mapped[User] = relationship()
'''),
        revision=True,
    ),
    "people have orders, which go with them": change(
        (MODELS, "    sessions: Mapped[list[UserSession]] = relationship(", (
            "    parcels: Mapped[list[Parcel]] = relationship(\n"
            '        back_populates="user", cascade="all, delete-orphan"\n'
            "    )\n"
            "    sessions: Mapped[list[UserSession]] = relationship("
        )),
        (MODELS, TABLES, TABLES + '''

class Parcel(Base):
    """A parcel for a user."""

    __tablename__ = "parcels"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"))

    user: Mapped[User] = relationship(back_populates="parcels")
'''),
        revision=True,
    ),
    "tables of every kind": change(
        (MODELS, "import sqlalchemy as sa\n", "from enum import StrEnum\n\nimport sqlalchemy as sa\n"),
        (MODELS, TABLES, TABLES + '''

class State(StrEnum):
    """The state of a ticket."""

    OPEN = "open"
    PASSWORD = "password"
    TOKEN = "token"


labels = sa.Table(
    "labels",
    Base.metadata,
    sa.Column("ticket_id", sa.ForeignKey("tickets.id"), primary_key=True),
    sa.Column("label", sa.String(40), primary_key=True),
)


class Ticket(Base):
    """Something to do."""

    __tablename__ = "tickets"
    __table_args__ = (sa.CheckConstraint("priority > 0", name="priority"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[State] = mapped_column(sa.Enum(State))
    priority: Mapped[int]
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("tickets.id"))
    opened_at: Mapped[datetime]
    details: Mapped[dict[str, object]] = mapped_column(sa.JSON)
'''),
        revision=True,
    ),
    "constants that are named like secrets": change(
        ("app/labels.py", "", '''"""Words of forms and headers."""

from __future__ import annotations

from enum import StrEnum

FORGOT_PASSWORD = "auth.forgot_password"
CSRF_TOKEN = "csrf_token"
API_KEY = "X-Api-Key"


class Grant(StrEnum):
    """How a token is asked for."""

    PASSWORD = "password"
    REFRESH_TOKEN = "refresh_token"


class Messages:
    """What people read."""

    wrong_password: str = "That is not your password."
    expired_token = "The link is too old."
'''),
    ),
    "a command and a group of commands": change(
        area("chores", '''@bp.cli.command("clean")
@click.option("--days", default=30)
def clean(days: int) -> None:
    """Remove what is old."""
    click.echo(days)
''', "\nimport click\n".strip("\n") + "\n"),
        wired("chores"),
        extension('    app.cli.command("hello")(print)\n'),
    ),
    "all errors have a handler of the owner": change(
        ("app/failures.py", "", '''"""What people see when something is wrong."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException


def show(error: Exception) -> ResponseReturnValue:
    code = error.code if isinstance(error, HTTPException) else 500
    return "Something went wrong.", code or 500


def missing(_: Exception) -> ResponseReturnValue:
    return "There is no such page.", 404
'''),
        (FACTORY, HERE, f"{HERE}from app import failures\n"),
        extension(
            "    app.register_error_handler(Exception, failures.show)\n"
            "    app.register_error_handler(404, failures.missing)\n"
        ),
    ),
    "hooks before and after every request": change(
        ("app/timing.py", "", '''"""How long a request takes."""

from __future__ import annotations

import time

from flask import g
from flask import Response
from flask import session


def begin() -> None:
    g.began = time.monotonic()
    session["visits"] = session.get("visits", 0) + 1


def end(response: Response) -> Response:
    response.headers["Server-Timing"] = f"all;dur={time.monotonic() - g.began}"
    response.headers["X-Powered-By"] = "tea"
    return response


def leave(_: BaseException | None) -> None:
    g.pop("began", None)
'''),
        (FACTORY, HERE, f"{HERE}from app import timing\n"),
        extension(
            "    app.before_request(timing.begin)\n"
            "    app.after_request(timing.end)\n"
            "    app.teardown_request(timing.leave)\n"
        ),
    ),
    "addresses have converters": change(
        ("app/addresses.py", "", '''"""Parts of addresses."""

from __future__ import annotations

from werkzeug.routing import BaseConverter


class Slug(BaseConverter):
    """Words in an address."""

    regex = "[a-z0-9-]+"
'''),
        (FACTORY, HERE, f"{HERE}from app.addresses import Slug\n"),
        extension('    app.url_map.converters["slug"] = Slug\n'),
        area("stories", '@bp.get("/stories/<slug:name>")\ndef story(name: str) -> str:\n    return name\n'),
        wired("stories"),
    ),
    "addresses need no slash at their end": change(
        extension("    app.url_map.strict_slashes = False\n"),
    ),
    "an area has a name below the host's": change(
        area("status", '@bp.get("/", subdomain="status")\ndef index() -> str:\n    return "Fine."\n'),
        wired("status"),
    ),
    "a page for all other addresses": change(
        area("anything", '@bp.get("/<path:rest>")\ndef page(rest: str) -> str:\n    return rest\n'),
        wired("anything"),
    ),
    "static files of a second folder": change(
        ("app/media.py", "", '''"""Files of the product."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint
from flask import Response
from flask import send_from_directory

bp = Blueprint("media", __name__)


@bp.get("/media/<path:name>")
def file(name: str) -> Response:
    return send_from_directory(Path(bp.root_path).parent / "media", name)
'''),
        wired("media"),
    ),
    "work in a thread, whose function is elsewhere": change(
        ("app/letters.py", "", '''"""Letters."""

from __future__ import annotations

from flask import Flask


def send(app: Flask, number: int) -> None:
    with app.app_context():
        app.logger.info("letter %d", number)
'''),
        ("app/post.py", "", '''"""The post."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from flask import current_app
from flask import Flask

from app import letters

executor = ThreadPoolExecutor(1)


def post(number: int) -> None:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    # rule: thread-context - letters.send pushes it
    executor.submit(letters.send, app, number)
'''),
    ),
    "values of the owner in the session and in g": change(
        area("cart", '''@bp.post("/cart")
def add() -> str:
    session["cart"] = [*session.get("cart", []), request.form.get("item", "")]
    session["token"] = "mine"
    g.user = g.locale = None
    return "Added."
''', "from flask import g\nfrom flask import request\nfrom flask import session\n"),
        wired("cart"),
    ),
    "a webhook that needs no token of a form": change(
        ("app/hooks_of_partners.py", "", '''"""What partners call."""

from __future__ import annotations

from flask import Blueprint
from flask import request

from app.extensions import csrf

bp = Blueprint("partners", __name__)


@bp.post("/partners/hook")
# rule: csrf-exempt - the partner's signature is checked
@csrf.exempt
def hook() -> str:
    return str(len(request.get_data()))
'''),
        (FACTORY, BLUEPRINTS, BLUEPRINTS + (
            "    from app.hooks_of_partners import bp as partners_bp\n\n"
            "    # For partners; the view checks their signature.\n"
            "    app.register_blueprint(partners_bp)\n"
        )),
    ),
    "a limit of the owner on a view": change(
        area("search", '''@bp.get("/search")
@limiter.limit("30 per minute")
def search() -> str:
    return "Found."
''', "\nfrom app.extensions import limiter\n"),
        wired("search"),
        ("app/extensions.py", "Limiter(get_remote_address)", (
            'Limiter(get_remote_address, default_limits=["5 per hour"])'
        )),
    ),
    "the log-in manager has other words": change(
        ("app/extensions.py", "login_manager = LoginManager()\n", (
            "login_manager = LoginManager()\n"
            'login_manager.login_message = "Bitte anmelden."\n'
            'login_manager.login_message_category = "warning"\n'
        )),
    ),
    "the start page is of another area": change(
        ("app/main",),
        ("app/templates/main",),
        ("tests/test_main.py",),
        (FACTORY, '''    from app.main import bp as main_bp

    # Open to everyone.
    app.register_blueprint(main_bp)

''', ""),
        area("main", '@bp.get("/start")\ndef index() -> str:\n    return "Hello."\n'),
        wired("main"),
        asks="test_who_changes_the_own_account_is_told_so_on_the_start_page",
    ),
    "a middleware of the owner": change(
        ("app/outside.py", "", '''"""Around the application."""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse
from wsgiref.types import WSGIApplication
from wsgiref.types import WSGIEnvironment


class Marked:
    """Marks every request."""

    def __init__(self, inner: WSGIApplication) -> None:
        self.inner = inner

    def __call__(self, environ: WSGIEnvironment, to: StartResponse) -> Iterable[bytes]:
        environ["shop.marked"] = True
        return self.inner(environ, to)
'''),
        (FACTORY, HERE, f"{HERE}from app.outside import Marked\n"),
        extension("    app.wsgi_app = Marked(app.wsgi_app)  # type: ignore[assignment]\n"),
    ),
    "listeners of the database": change(
        ("app/audit.py", "", '''"""Who changed what."""

from __future__ import annotations

import logging

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

from app.models import User

logger = logging.getLogger(__name__)


@sa.event.listens_for(User, "after_insert")
def note(_: Mapper[User], connection: sa.Connection, user: User) -> None:
    connection.execute(sa.select(1))
    logger.info("account %s", user.id)
'''),
        (FACTORY, HERE, f"{HERE}from app import audit  # noqa: F401\n"),
    ),
    "tests of the owner": change(
        ("tests/test_shop.py", "", '''"""The shop."""

from __future__ import annotations

from flask.testing import FlaskClient


def test_the_shop_is_closed(client: FlaskClient) -> None:
    assert client.get("/closed").status_code in {200, 404, 500}
'''),
        ("tests/unit/test_sessions.py", "", '''"""A module of a name that others have too."""

from __future__ import annotations


def test_one_and_one() -> None:
    assert 1 + 1 == 2
'''),
    ),
    "an answer is streamed": change(
        area("export", '''@bp.get("/export")
def export() -> Response:
    return Response(f"{number}\\n" for number in range(1_000))
''', "from flask import Response\n"),
        wired("export"),
    ),
    "types of columns for the whole project": change(
        ("app/columns.py", "", '''"""Types of columns."""

from __future__ import annotations

from typing import Annotated

import sqlalchemy as sa
from sqlalchemy.orm import mapped_column

ShortText = Annotated[str, mapped_column(sa.String(40))]
'''),
        (MODELS, HERE, f"{HERE}from app.columns import ShortText\n"),
        (MODELS, TABLES, TABLES + '''

class Category(Base):
    """A kind of thing."""

    __tablename__ = "categories"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[ShortText]
'''),
        revision=True,
    ),
}  # fmt: skip
