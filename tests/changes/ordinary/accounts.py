"""Changes of accounts: their fields, registration, pages that need a log-in."""

from __future__ import annotations

from tests.changes.applying import change

ANSWERS = {"preset": "full"}

FACTORY = "app/__init__.py"
EXTENSIONS = "    # Add your extensions below this line.\n"
FORMS = "app/auth/forms.py"
MODELS = "app/models.py"
INVITATIONS = "app/auth/admin_routes.py"
ROUTES = "app/auth/routes.py"
ACCOUNT = "app/templates/auth/header.html"

REGISTERS = "test_a_visitor_registers_and_logs_in"
INVITED = "test_an_invited_person_makes_an_account"
BY_LINK = (
    "test_a_link_from_the_command_sets_a_new_password "
    "test_a_forgotten_password_brings_a_link_by_mail "
    "test_nobody_learns_who_has_an_account "
    "test_the_link_in_a_mail_confirms_an_address"
)
TOLD = "test_who_changes_the_own_account_is_told_so_on_the_start_page"
BY_API = "test_an_administrator_makes_an_account_once"

# Where accounts are created, and what is passed last.
CREATED = {
    ROUTES: 'form.text("email"), form.text("password")',
    INVITATIONS: 'invitations.accept(token, form.text("password")',
    "app/api/routes.py": "is_admin=given.is_admin",
}

# The last field of a new account in the API.
LAST = (
    "    is_admin: bool = "
    'Field(False, description="Whether the user may manage others.")\n'
)


def given(field: str, type_: str) -> tuple[tuple[str, str, str], ...]:
    """Return the edits that take a field from the form and from the API's body."""
    of_form = f'form.text("{field}")'
    values = (of_form, of_form, f"given.{field}")
    return (
        *(
            (file, last, f"{last}, {field}={value}")
            for (file, last), value in zip(CREATED.items(), values, strict=True)
        ),
        ("app/api/schemas.py", LAST, f"{LAST}    {field}: {type_}\n"),
    )


CHANGES = {
    "each test of the owner finds an account": change(
        ("tests/conftest.py", "", '''

@pytest.fixture(autouse=True)
def first_account(make_user: MakeUser) -> None:
    make_user("first@example.com")
'''),
        ("tests/conftest.py", "from tests.support.applications import close", (
            "from tests.support.accounts import MakeUser\n"
            "from tests.support.applications import close"
        )),
    ),
    "accounts have a required name": change(
        (MODELS, "    password_hash: Mapped[str]", (
            "    name: Mapped[str] = mapped_column(sa.String(80))\n"
            "    password_hash: Mapped[str]"
        )),
        *(
            (FORMS, f"class {form}(Form):\n", (
                f"class {form}(Form):\n"
                '    name = StringField("Your name", [InputRequired()])\n'
            ))
            for form in ("RegistrationForm", "InvitationForm")
        ),
        *given("name", "str"),
        ("app/templates/auth/register.html", "  {{ field(form, form.email,", (
            '  {{ field(form, form.name, autocomplete="name") }}\n'
            "  {{ field(form, form.email,"
        )),
        revision=True,
        asks=f"{REGISTERS} {INVITED} {BY_API}",
    ),
    "people have a user name that is unique, and a nickname": change(
        (MODELS, "    password_hash: Mapped[str]", (
            "    username: Mapped[str] = mapped_column(sa.String(40), unique=True)\n"
            "    nickname: Mapped[str | None] = mapped_column(sa.String(80))\n"
            "    password_hash: Mapped[str]"
        )),
        *(
            (FORMS, f"class {form}(Form):\n", (
                f"class {form}(Form):\n"
                '    username = StringField("User name", [InputRequired()])\n'
            ))
            for form in ("RegistrationForm", "InvitationForm")
        ),
        *given("username", "str"),
        revision=True,
        asks=f"{REGISTERS} {INVITED} {BY_API}",
    ),
    "people have a day of birth, a role and points": change(
        (MODELS, "from datetime import datetime\n", (
            "from datetime import date\nfrom datetime import datetime\n"
        )),
        (MODELS, "    password_hash: Mapped[str]", (
            "    born_on: Mapped[date]\n"
            '    role: Mapped[str] = mapped_column(sa.Enum("a", "b", name="role"))\n'
            "    points: Mapped[int]\n"
            "    password_hash: Mapped[str]"
        )),
        *(
            (file, first, f'{first}, born_on=date(2000, 1, 1), role="a", points=0')
            for file, first in CREATED.items()
        ),
        *(
            (file, "from flask import ", "from datetime import date\n\nfrom flask import ")
            for file in CREATED
        ),
        revision=True,
    ),
    "nobody can register": change(
        (ROUTES, '    """Make an account, and log in."""\n', (
            '    """Nobody makes an account here: `flask users create` does."""\n'
            "    abort(404)\n\n\ndef register_by_the_form() -> ResponseReturnValue:\n"
            '    """Make an account, and log in."""\n'
        )),
        (ROUTES, "from flask import flash\n", (
            "from flask import abort\nfrom flask import flash\n"
        )),
        ("app/templates/auth/login.html", (
            "  <p>No account yet? <a href=\"{{ url_for('auth.register') }}\">"
            "Register</a></p>\n"
        ), ""),
        (ACCOUNT, '  {{ link("auth.register", "Register") }}\n', ""),
        asks=REGISTERS,
    ),
    "people are invited": change(
        ("config.py", "    # Add your settings below this line.\n", (
            "    # Add your settings below this line.\n"
            '    REGISTRATION = "invite"\n'
        )),
        asks=REGISTERS,
    ),
    "the whole site is behind a log-in": change(
        (FACTORY, "from flask import Flask\n", (
            "from flask import Flask\nfrom flask import request\n"
            "from flask.typing import ResponseReturnValue\n"
            "from flask_login import current_user\n"
        )),
        (FACTORY, "def register_blueprints", '''OPEN = {"auth.login", "auth.register", "static"}


def ask_who() -> ResponseReturnValue | None:
    """Require a log-in for every page."""
    if request.endpoint in OPEN or current_user.is_authenticated:
        return None
    return extensions.login_manager.unauthorized()


def register_blueprints'''),
        (FACTORY, EXTENSIONS, f"{EXTENSIONS}    app.before_request(ask_who)\n"),
        asks=f"test_the_start_page_has_the_name_of_the_site {INVITED} {BY_LINK} {TOLD}",
    ),
    "visitors are sent to the start page": change(
        ("app/extensions.py", "login_manager = LoginManager()\n", (
            'login_manager = LoginManager()\nlogin_manager.login_view = "main.index"\n'
        )),
    ),
    "people agree to the terms": change(
        (FORMS, "class RegistrationForm(Form):\n", (
            "class RegistrationForm(Form):\n"
            '    terms = BooleanField("I agree", [InputRequired()])\n'
        )),
        ("app/templates/auth/register.html", "  {% endcall %}", (
            "  {{ field(form, form.terms) }}\n  {% endcall %}"
        )),
        asks=REGISTERS,
    ),
    "the form that logs in has other fields": change(
        ("app/templates/auth/login.html", "  {{ field(form, form.remember) }}\n", ""),
        ("app/templates/auth/login.html", 'class="card ', 'class="narrow '),
    ),
    "accounts start without an administrator's consent": change(
        (MODELS, "default=True, server_default=sa.true()", (
            "default=False, server_default=sa.false()"
        )),
        revision=True,
        asks=f"{REGISTERS} {INVITED}",
    ),
    "the dashboard is gone": change(
        ("app/dashboard",),
        ("app/templates/dashboard",),
        (FACTORY, '''    from app.dashboard import bp as dashboard_bp

    # For people who are logged in; app/dashboard/routes.py checks it.
    app.register_blueprint(dashboard_bp)

''', ""),
        *(((ROUTES, "dashboard.index", "main.index"),) * 3),
        asks="test_the_dashboard_is_shown_after_a_log_in_only",
    ),
    "an account has a page, and an administrator a list": change(
        ("app/members.py", "", '''"""Pages about people."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint
from flask import jsonify
from flask import Response
from flask_login import current_user

from app.accounts.access import admin_required
from app.extensions import db
from app.models import User

bp = Blueprint("members", __name__, url_prefix="/members")


@bp.get("/me")
def me() -> Response:
    return jsonify(email=getattr(current_user, "email", None))


@bp.get("/")
@admin_required
def list_members() -> Response:
    return jsonify(list(db.session.scalars(sa.select(User.email))))
'''),
        (FACTORY, "    # Add your blueprints below this line", (
            "    from app.members import bp as members_bp\n\n"
            "    # Open to everyone; the list asks for an administrator.\n"
            "    app.register_blueprint(members_bp)\n"
            "    # Add your blueprints below this line"
        )),
    ),
}  # fmt: skip
