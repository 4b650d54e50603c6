"""Pages and routes of accounts that the owner changed, and 0.13.0 changes too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.editing import edit
from tests.support.rendering import attempt
from tests.support.rendering import commit_all
from tests.support.rendering import git
from tests.support.rendering import run
from tests.support.sampling import part
from tests.update.in_use import brought_up_to_date
from tests.update.in_use import passes_its_tests
from tests.update.projects_to_update import check
from tests.update.projects_to_update import Expected
from tests.update.projects_to_update import Project
from tests.update.projects_to_update import updated
from tests.update.published import WORK_TREE
from tests.update.scenarios import new
from tests.update.starts import before

START = before("0.13.0")[-1]

PAGES = "app/templates"
BASE, ERROR = f"{PAGES}/base.html", f"{PAGES}/error.html"
LOGIN, REGISTER = f"{PAGES}/auth/login.html", f"{PAGES}/auth/register.html"
DASHBOARD = f"{PAGES}/dashboard/index.html"
PASSWORD = f"{PAGES}/auth/password.html"
BLUEPRINT, ROUTES = "app/auth/__init__.py", "app/auth/routes.py"

MINE = '''"""A page of our own, among those of accounts."""

from __future__ import annotations

from app.auth import bp


@bp.get("/own")
def own() -> str:
    """Say hello."""
    return "Hello"
'''
IMPORT = "from app.auth import mine  # noqa: E402, F401\n"

# Lines that the template does not change.
KEPT = [
    (ERROR, "The address may be wrong", "It was sold"),
    (BASE, '<html lang="en">', '<html lang="de">'),
    (LOGIN, "<h1>Log in</h1>", "<h1>Come in</h1>"),
    # The template leaves this page as it is.
    (REGISTER, "A few words", "Four words"),
    (DASHBOARD, "You are logged in as", "You are with us as"),
    (PASSWORD, "<h2>Change your", "<h2>Change our"),
    (BLUEPRINT, 'Blueprint("auth", __name__)', 'Blueprint("auth", "app.auth")'),
    (ROUTES, "You are logged out.", "See you."),
]
# Lines that the template changes too, or that have a new one beside them.
DISPUTED = [
    (ERROR, "in a moment", "in a minute"),
    (BASE, "    {% block content %}", "    {# Ours. #}\n    {% block content %}"),
    (LOGIN, '("auth.register") %}', '("auth.register") and not config.FULL %}'),
    (DASHBOARD, '"Your account")', '"Our tabs")'),
    (PASSWORD, '"Your account")', '"Our tabs")'),
    (BLUEPRINT, "from app.auth import routes", f"{IMPORT}from app.auth import routes"),
    (
        ROUTES,
        'users.create(form.text("email"), form.text("password"))',
        'users.create(form.text("email"), form.text("password"), is_admin=False)',
    ),
]

FILES = list(dict.fromkeys(name for name, _, _ in DISPUTED))

# Asks for the pages that people of such a project know, and prints what is not as it
# must be.
VISIT = """
from run import app
from app.accounts import users

browser = app.test_client()
app.config["WTF_CSRF_ENABLED"] = False
FORM = {"email": "ada@example.com", "password": "correct horse battery staple"}
NEW = FORM | {"email": "new@example.com", "confirm": FORM["password"]}


def visit(path, status, text="", **data):
    answer = browser.open(path, method="POST" if data else "GET", data=data)
    if answer.status_code != status or text not in answer.text:
        print(path, answer.status_code, text, answer.text)


visit("/", 200, 'href="/auth/login"')
with app.app_context():
    users.create(**FORM)

visit("/auth/own", 200, "Hello")
visit("/nowhere", 404, "It was sold")
visit("/auth/login", 200, "Come in")
visit("/auth/login", 200, "is wrong", email=FORM["email"], password="wrong")
visit("/auth/register", 200, "Four words")
visit("/auth/register", 200, "differ", **NEW | {"confirm": "another"})
# To a page of the new account, or to the mailbox.
registers = browser.post("/auth/register", data=NEW)
if registers.status_code != (200 if MAILED else 302):
    print("/auth/register", registers.status_code, registers.text)
browser.post("/auth/logout")
visit("/auth/login", 302, **FORM)
visit("/dashboard", 200, "You are with us as")
visit("/auth/password", 200, 'class="field-error"', current="wrong")
visit("/auth/logout", 302, any="")
app.config["REGISTRATION"] = "closed"
visit("/auth/login", 200, "Come in")
visit("/auth/register", 403, "Go to the start page")
"""

CONFLICT = re.compile(r"(?ms)^<<<<<<<[^\n]*\n(.*?)^=======\n(.*?)^>>>>>>>[^\n]*\n")

# The files that the owner keeps as they were before the update.
KEEPS = {"nothing": [], "every file": FILES} | {name: [name] for name in FILES}
TESTS = ["tests/test_main.py", "tests/test_log_in.py", "tests/test_dashboard.py"]


@pytest.fixture(params=part(["with mail", "without mail"], 1))
def with_mail(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "with mail")


@pytest.fixture
def lived_in(with_mail: bool, project: Project) -> Path:
    """An updated project of before, whose owner has changed pages and routes."""
    ours = project(START, "website")
    for name, old, text in KEPT + DISPUTED:
        edit(ours / name, old, text)
    new(ours, "app/auth/mine.py", MINE)
    commit_all(ours, "my own work")
    updated(ours, WORK_TREE, **({"mail": True} if with_mail else {}))
    return ours


def test_pages_of_accounts_conflict_only_where_both_sides_changed(
    lived_in: Path,
) -> None:
    merged = Expected(conflicts={*FILES}, edits={"app/auth/mine.py": MINE})
    check(lived_in, WORK_TREE, merged)

    own, new = (settled(lived_in, side) for side in (1, 2))
    for name, _, text in KEPT:
        assert text in own.get(name, (lived_in / name).read_text()), name
        assert text in new.get(name, text), name
    for name, _, text in DISPUTED:
        assert text in own[name], name
        assert text not in new[name], name


def test_the_owner_may_keep_either_side_of_each_file(
    lived_in: Path, with_mail: bool, environment: Path
) -> None:
    own, new = (settled(lived_in, side) for side in (1, 2))
    # Both imports: the page that the owner added stays.
    new[BLUEPRINT] += IMPORT
    for name in FILES:
        (lived_in / name).write_text(new[name])
    brought_up_to_date(lived_in, environment)
    found = {}
    for number, (kept, names) in enumerate(KEEPS.items()):
        for name in FILES:
            (lived_in / name).write_text((own if name in names else new)[name])
        mailed = with_mail and ROUTES not in names
        done = attempt(
            lived_in, str(environment), "-c", f"MAILED = {mailed}\n{VISIT}",
            APP_CONFIG="development", DATABASE_URL=f"sqlite:///{number}.db",
        )  # fmt: skip
        found[kept] = done.stderr.strip() if done.returncode else done.stdout

    # The new registration needs a page that the owner's file does not import.
    refused = found.pop(BLUEPRINT) if with_mail else ""
    assert refused.startswith('EMAIL_CONFIRMATION must be "banner"') is with_mail
    assert "\n" not in refused
    assert set(found.values()) == {""}, found


def test_a_project_that_takes_no_line_works(
    lived_in: Path, with_mail: bool, environment: Path
) -> None:
    git(lived_in, "checkout", "--quiet", "HEAD", "--", *FILES)
    brought_up_to_date(lived_in, environment)

    script = f"MAILED = False\n{VISIT}"
    assert run(lived_in, str(environment), "-c", script, APP_CONFIG="development") == ""
    passes_its_tests(lived_in, environment, *TESTS)


def settled(project: Path, side: int) -> dict[str, str]:
    """Return the files with one side of each conflict: 1 the owner's, 2 the new one."""
    return {
        name: CONFLICT.sub(rf"\g<{side}>", (project / name).read_text())
        for name in FILES
    }
