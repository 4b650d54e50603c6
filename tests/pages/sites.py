"""Projects of the presets with a notebook, served with content."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from playwright.sync_api import Page

from tests.support.browsers.client import make_account
from tests.support.browsers.client import PASSWORD
from tests.support.browsers.playwright_pages import Visitor
from tests.support.rendering import Renderer
from tests.support.running.page_steps import follow
from tests.support.running.projects import free_port
from tests.support.running.projects import served
from tests.support.running.projects import Server
from tests.support.running.projects import uv

LONG = "a-very-long-name-without-any-place-to-break-it" * 2
EMAIL = f"{LONG[:55]}@example.com"
DEVELOPMENT = {"APP_CONFIG": "development", "DATABASE_URL": ""}
# All visitors come from one network.
EASY = {
    f"FLASK_{name}": "10000 per hour"
    for name in ("LOGIN_NETWORK_LIMIT", "MAIL_NETWORK_LIMIT", "REGISTRATION_LIMIT")
}
REGISTER = """
    from app.parts import bp as parts_bp

    app.register_blueprint(parts_bp)
"""
ROUTE = re.compile(r"^(\S+) +(\S*GET\S*(?:, \S+)*) +(/\S*)", re.MULTILINE)


@dataclass
class Site:
    url: str
    pages: list[str]
    has_accounts: bool
    has_api: bool


def prepare(render: Renderer, preset: str) -> Path:
    """Render and install a project, with the pages of docs/first-page.md."""
    project = render(preset=preset, project_name="Harbour notes", description="A site.")
    uv(project, "sync", "--quiet")
    page = (project / "docs/first-page.md").read_text()
    # Without its last step, which runs all tests.
    follow(project, page.split("\nSort the imports")[0])
    shutil.copytree(Path(__file__).with_name("parts"), project / "app/parts")
    factory = project / "app/__init__.py"
    factory.write_text(factory.read_text() + REGISTER)
    return project


def pages_of(project: Path) -> list[str]:
    """Return the paths of all pages that need no value."""
    listed = uv(project, "run", "flask", "routes", **DEVELOPMENT)
    return [
        path
        for endpoint, _, path in ROUTE.findall(listed)
        if "<" not in path and not path.startswith("/api/") and "static" not in endpoint
    ]


@contextlib.contextmanager
def site(project: Path) -> Iterator[Site]:
    """Serve a project, with an administrator if it has accounts."""
    has_accounts = (project / "app/auth").exists()
    has_api = (project / "app/api").exists()
    settings = {}
    if has_accounts:
        make_account(project, DEVELOPMENT, "--admin", email=EMAIL)
        # A registration logs in, and each page then has the banner.
        settings = {**EASY, "FLASK_EMAIL_CONFIRMATION": "banner"}
    with in_development(project, **settings) as server:
        yield Site(server.url, pages_of(project), has_accounts, has_api)


@contextlib.contextmanager
def in_development(project: Path, **settings: str) -> Iterator[Server]:
    """Serve a project as its owner does, with links in mail that lead to it."""
    port = str(free_port())
    place = {"PORT": port, "SITE_URL": f"http://127.0.0.1:{port}"}
    command = ("uv", "run", "--no-sync", "flask", "run", "--port=PORT")
    with served(project, *command, **DEVELOPMENT, **place, **settings) as server:
        yield server


def states(visitor: Visitor, site: Site) -> Iterator[str]:
    """Open each page, as a visitor and then as an account, and yield its name."""
    for path in site.pages:
        visitor.open(path)
        yield path
    visitor.open("/nowhere")
    yield "an error"
    yield from states_of_parts(visitor)
    yield from states_of_notes(visitor)
    if site.has_api:
        yield from states_of_api(visitor)
    if site.has_accounts:
        yield from states_of_accounts(visitor, site)


def states_of_parts(visitor: Visitor) -> Iterator[str]:
    visitor.open("/parts")
    visitor.page.click("main form[enctype] button[type=submit]")
    yield "all fields with errors"


def states_of_notes(visitor: Visitor) -> Iterator[str]:
    visitor.open("/notes/new")
    visitor.send(title="", text="")
    yield "a form with an error"
    visitor.send(title=LONG[:90], text=f"{LONG} {LONG}")
    yield "a note"
    open_dialog(visitor.page)
    yield "a note with its dialog"
    visitor.open("/notes/")
    yield "a list"
    visitor.open("/notes/new")
    visitor.page.evaluate("document.querySelector('[name=csrf_token]').value = ''")
    visitor.send(title="A title", text="A text")
    yield "a refused form"


def open_dialog(page: Page) -> None:
    page.click("details.dialog summary")


def states_of_api(visitor: Visitor) -> Iterator[str]:
    for page in ("docs", "problems", "problems/idempotency-key-reused"):
        visitor.open(f"/api/v1/{page}")
        yield f"/api/v1/{page}"


def states_of_accounts(visitor: Visitor, site: Site) -> Iterator[str]:
    visitor.open("/auth/register")
    visitor.send(email="nobody", password="short", confirm="other")  # noqa: S106
    yield "a registration with errors"
    email = f"{uuid4().hex[:8]}-{EMAIL}"
    visitor.send(email=email, password=PASSWORD, confirm=PASSWORD)
    assert "you are logged in" in visitor.page.content()
    yield "registered"
    visitor.follow("header >> text=Log out")
    # Pages that come by a link in a mail are in walks.py.
    visitor.open("/auth/login")
    visitor.send(email=EMAIL, password=PASSWORD)
    for path in [*site.pages, "/auth/users/1"]:
        visitor.open(path)
        yield f"{path} as an administrator"
    if site.has_api:
        visitor.open("/auth/tokens")
        visitor.send(name=LONG[:80])
        yield "a new token"
