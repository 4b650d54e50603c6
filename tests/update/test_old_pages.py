"""Projects with pages from before 0.12.0, the first release with a design."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.editing import edit
from tests.support.rendering import commit_all
from tests.support.rendering import git
from tests.support.rendering import run
from tests.update.in_use import passes_its_tests
from tests.update.projects_to_update import check
from tests.update.projects_to_update import Expected
from tests.update.projects_to_update import Project
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


def visit(path, status, text, **data):
    answer = browser.open(path, method="POST" if data else "GET", data=data)
    if answer.status_code != status or text not in answer.text:
        print(path, answer.status_code, answer.text)


visit("/", 200, "<h1")
visit("/own", 200, 'name="email"')
visit("/nowhere", 404, "Error 404")
visit("/auth/login", 200, 'name="password"')
visit("/auth/register", 400, "Please send it again", **FORM)
app.config["WTF_CSRF_ENABLED"] = False
visit("/auth/register", 200, 'class="field-error"', **FORM, confirm="another")
visit("/auth/register", 302, "", **FORM, confirm=FORM["password"])
visit("/auth/login", 302, "", **FORM)
visit("/dashboard", 200, "ada@example.com")
visit("/auth/password", 200, 'class="field-error"', current="wrong")
visit("/nowhere", 404, "Error 404")
"""

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


def test_pages_of_the_old_look_work_with_what_the_update_brings(
    lived_in: Path, environment: Path
) -> None:
    git(lived_in, "checkout", "--quiet", "--theirs", "--", BASE, STYLE)
    commit_all(lived_in, "the new look")
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
