"""Projects with pages from before 0.12.0, the first release with a design."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.editing import edit
from tests.support.rendering import commit_all
from tests.support.rendering import git
from tests.support.rendering import run
from tests.support.sampling import at_night
from tests.update.in_use import brought_up_to_date
from tests.update.in_use import passes_its_tests
from tests.update.projects_to_update import check
from tests.update.projects_to_update import Expected
from tests.update.projects_to_update import Project
from tests.update.projects_to_update import unmerged
from tests.update.projects_to_update import updated
from tests.update.published import WORK_TREE
from tests.update.scenarios import append
from tests.update.scenarios import below
from tests.update.scenarios import new
from tests.update.starts import before

PLAIN = before("0.12.0")[-1]

BASE, STYLE = "app/templates/base.html", "app/static/css/style.css"
PAGES = "app/templates"
# Where the template changes no line, or another line than the owner.
KEPT = [
    (BASE, '<html lang="en">', '<html lang="de">'),
    (BASE, "width=device-width, ", "width=device-width, viewport-fit=cover, "),
    (STYLE, "--accent: #1d4fb8;", "--accent: #7a1fa2;"),
    (STYLE, "--raised: #24232b;", "--raised: #2b2330;"),
    (STYLE, "padding: 0.5rem 1rem;", "padding: 1rem;"),
]
# Lines that the template changes too.
DISPUTED = [
    (BASE, "  </main>\n", "  </main>\n  <footer>Ours</footer>\n"),
    (STYLE, "  max-width: 44rem;\n", "  max-width: 50rem;\n"),
]
OWN_PAGE = """{% extends "base.html" %}
{% from "auth/fields.html" import faults, text %}

{% block content %}
<form method="post">
  {{ form.hidden_tag() }}
  {{ text(form, form.email, autocomplete="username") }}
</form>
{% endblock %}
"""
OWN_ROUTE = '''

@bp.get("/own")
def own() -> str:
    """Show a form of our own."""
    from app.auth.forms import LoginForm

    return render_template("main/own.html", form=LoginForm())
'''

# Asks for each kind of page, and prints what is not as it must be.
VISIT = """
from run import app

browser = app.test_client()
FORM = {"email": "ada@example.com", "password": "correct horse battery staple"}


def visit(path, status, *texts, **data):
    answer = browser.open(path, method="POST" if data else "GET", data=data)
    if answer.status_code != status or not any(text in answer.text for text in texts):
        print(path, answer.status_code, texts, answer.text)


LOG_OUT = '<form method="post" action="/auth/logout">'
# The link of a visitor; the dashboard redirects to the log-in.
LOG_IN = ('href="/auth/login"', 'href="/dashboard"')
visit("/", 200, "<h1")
visit("/own", 200, *LOG_IN)
visit("/own", 200, 'name="email"')
visit("/nowhere", 404, "Error 404")
visit("/auth/login", 200, 'name="password"')
visit("/auth/register", 400, "Please send it again", **FORM)
app.config["WTF_CSRF_ENABLED"] = False
visit("/auth/register", 200, 'class="field-error"', **FORM, confirm="another")
visit("/auth/register", 302, "", **FORM, confirm=FORM["password"])
visit("/auth/login", 302, "", **FORM)
visit("/dashboard", 200, "ada@example.com")
visit("/dashboard", 200, LOG_OUT)
visit("/", 200, 'href="/dashboard"')
visit("/auth/password", 200, 'class="field-error"', current="wrong")
visit("/nowhere", 404, "Error 404")
"""

# The same where nobody can register, and there is no dashboard.
VISIT_LESS = """
from app.accounts import users

EMAIL, PASSWORD = FORM["email"], FORM["password"]
visit("/", 200, 'href="/auth/login"')
with app.app_context():
    users.create(EMAIL, PASSWORD)

visit("/nowhere", 404, "Error 404")
visit("/auth/register", 404, "Error 404")
visit("/auth/login", 200, 'name="password"')
app.config["WTF_CSRF_ENABLED"] = False
visit("/auth/login", 302, "", email=EMAIL, password=PASSWORD)
visit("/", 200, LOG_OUT)
visit("/", 200, 'href="/auth/password"')
visit("/auth/password", 200, 'class="field-error"', current="wrong")
visit("/nowhere", 404, "Error 404")
"""
VISIT_LESS = VISIT.partition('visit("/"')[0] + VISIT_LESS

# What the owner keeps of the old look, after an update that had conflicts.
OLD_LOOK = [PAGES, STYLE]
KEEPS = {
    "nothing": [f"{PAGES}/main/own.html"],
    "every page and the styles": OLD_LOOK,
    "the base and the styles": [BASE, STYLE],
    "the pages": [f"{PAGES}/auth", f"{PAGES}/dashboard", f"{PAGES}/main"],
    "the styles": [STYLE],
}
TESTS = [
    "tests/test_main.py", "tests/test_log_in.py", "tests/test_dashboard.py",
    "tests/maintained/core/test_errors.py",
    "tests/maintained/known_issues/test_csrf_cache.py",
]  # fmt: skip


@pytest.fixture
def lived_in(project: Project) -> Path:
    """A project of the old look, whose owner has changed lines of the pages."""
    ours = project(PLAIN, "website")
    for name, old, text in KEPT + DISPUTED:
        edit(ours / name, old, text)
    below(ours, BASE, "      {# Add your links", '      <a href="/own">Own</a>\n')
    append(ours, STYLE, "\n.us {\n  color: red;\n}\n")
    append(ours, "app/main/routes.py", OWN_ROUTE)
    new(ours, f"{PAGES}/main/own.html", OWN_PAGE)
    commit_all(ours, "my own look")
    updated(ours, WORK_TREE)
    return ours


FACTORY, ROUTES = "app/__init__.py", "app/auth/routes.py"


@pytest.fixture
def with_less(project: Project) -> Path:
    """A project of the old look, whose owner removed registration and dashboard."""
    ours = project(PLAIN, "website")
    for name in (
        "app/dashboard", f"{PAGES}/dashboard", "tests/test_dashboard.py",
        f"{PAGES}/navigation.html", f"{PAGES}/auth/register.html",
    ):  # fmt: skip
        git(ours, "rm", "-r", "--quiet", name)
    text = (ours / FACTORY).read_text()
    block = re.search(r"    from app\.dashboard.*?\(dashboard_bp\)\n", text, re.DOTALL)
    assert block
    edit(ours / FACTORY, block[0], "")
    edit(ours / ROUTES, '@bp.route("/register", methods=["GET", "POST"])\n', "")
    path = ours / ROUTES
    path.write_text(path.read_text().replace("dashboard.index", "main.index"))
    edit(ours / f"{PAGES}/auth/password.html", "dashboard.index", "main.index")
    edit(ours / f"{PAGES}/auth/login.html", "{{ url_for('auth.register') }}", "/join")
    commit_all(ours, "less")
    updated(ours, WORK_TREE)
    return ours


def disputes(text: str) -> list[str]:
    """Return the owner's side of each conflict of a file."""
    return re.findall(r"(?ms)^<<<<<<<[^\n]*\n(.*?)^=======$", text)


def test_pages_conflict_only_in_lines_that_both_sides_changed(lived_in: Path) -> None:
    merged = Expected(
        conflicts={BASE, STYLE},
        edits={f"{PAGES}/main/own.html": OWN_PAGE, STYLE: ".us {\n  color: red;\n}\n"},
    )
    check(lived_in, WORK_TREE, merged)

    for name, _, text in KEPT:
        content = (lived_in / name).read_text()
        assert text in content, name
        assert text not in "".join(disputes(content)), name
    for name, old, text in DISPUTED:
        (dispute,) = disputes((lived_in / name).read_text())
        assert text.removeprefix(old) in dispute, name


@at_night("half a minute")
def test_pages_of_the_old_look_work_with_what_the_update_brings(
    lived_in: Path, environment: Path
) -> None:
    git(lived_in, "checkout", "--quiet", "--theirs", "--", BASE, STYLE)
    commit_all(lived_in, "the new look")
    brought_up_to_date(lived_in, environment)
    found = {}
    for number, (kept, paths) in enumerate(KEEPS.items()):
        git(lived_in, "checkout", "--quiet", "HEAD", "--", PAGES, STYLE)
        git(lived_in, "checkout", "--quiet", "HEAD~1", "--", *paths)
        found[kept] = run(
            lived_in, str(environment), "-c", VISIT,
            APP_CONFIG="development", DATABASE_URL=f"sqlite:///{number}.db",
        )  # fmt: skip
        if paths == OLD_LOOK:
            passes_its_tests(lived_in, environment, *TESTS)

    assert found == dict.fromkeys(KEEPS, "")


def test_pages_that_the_owner_removed_leave_no_link_behind(
    with_less: Path, environment: Path
) -> None:
    disputed = unmerged(with_less)
    assert all(name.startswith(PAGES) for name in disputed)
    for name in disputed:
        git(with_less, "checkout", "--quiet", "--theirs", "--", name)
    brought_up_to_date(with_less, environment)

    assert run(
        with_less, str(environment), "-c", VISIT_LESS,
        APP_CONFIG="development", DATABASE_URL="sqlite:///less.db",
    ) == ""  # fmt: skip
