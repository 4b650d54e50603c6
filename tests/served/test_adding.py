"""The recipes of docs/adding.md are followed exactly and opened in a browser.

All of them are followed in one project, whose own tests then run; --all runs the
maintained tests too, and also follows each recipe separately.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.served.library_texts import SCRIPT
from tests.support import options
from tests.support.browsers.client import EMAIL
from tests.support.browsers.client import make_account
from tests.support.browsers.client import PASSWORD
from tests.support.browsers.playwright_pages import browser
from tests.support.browsers.playwright_pages import Visitor
from tests.support.browsers.playwright_pages import visitor
from tests.support.pages import whole_page
from tests.support.rendering import Renderer
from tests.support.rendering import start_repository
from tests.support.running.page_steps import follow
from tests.support.running.projects import DEVELOPMENT
from tests.support.running.projects import get
from tests.support.running.projects import PRODUCTION
from tests.support.running.projects import served
from tests.support.running.projects import uv

PAGE = whole_page("docs/adding.md")
SECTIONS = {text.split("\n")[0]: text for text in PAGE.split("\n## ")[1:]}

MAINTAINED, CORE = "tests/maintained", "tests/maintained/core"

# A script that is given the name of a module that must not be imported.
WITHOUT = "import sys; sys.modules[sys.argv[1]] = None; from run import app"

CACHED = """
from uuid import uuid4

from app import create_app
from app.accounts import users
from app.caching import cache
from app.figures import number_of_accounts

with create_app().app_context():
    before = number_of_accounts()
    users.create(f"{uuid4().hex}@example.com", "correct horse battery staple")
    assert number_of_accounts() == before
    cache.clear()
    assert number_of_accounts() == before + 1
    print(type(cache.cache).__name__)
"""


@dataclass
class Site:
    """A project that is served for development, and somebody who looks at it."""

    project: Path
    person: Visitor

    @property
    def page(self) -> Page:
        return self.person.page

    @property
    def html(self) -> str:
        return self.page.content()

    def log_in(self) -> None:
        self.person.open("/auth/login")
        if urlsplit(self.page.url).path == "/auth/login":
            self.person.send(email=EMAIL, password=PASSWORD)


def look_at_the_administration(site: Site) -> None:
    site.log_in()
    site.person.open("/admin/user/edit/?id=2")
    site.page.fill("[name=email]", "not an address")
    site.person.follow("[name=_continue_editing]")
    assert "must have an @-sign" in site.html

    site.page.fill("[name=email]", "New@Example.com")
    site.person.follow("[type=submit] >> nth=0")
    assert "Record was successfully saved." in site.html
    assert "new@example.com" in site.html

    site.person.follow("form.icon button >> nth=1")
    assert site.person.questions == ["Are you sure you want to delete this record?"]
    assert "Record was successfully deleted." in site.html


def look_at_the_second_language(site: Site) -> None:
    german = {"Accept-Language": "de-AT, de;q=0.9, en;q=0.5"}
    site.page.set_extra_http_headers(german)
    site.person.open("/auth/login")
    assert '<html lang="de">' in site.html
    assert "Anmelden</button>" in site.html

    site.person.follow("main form button[type=submit]")
    assert "Dieses Feld wird benötigt." in site.html

    site.person.open("/no/such/page")
    assert "<h1>Diese Seite gibt es nicht</h1>" in site.html
    assert "Suchen Sie sie auf der Startseite." in site.html

    site.person.open("/auth/register")
    short = "kurz"
    site.person.send(email="new@example.com", password=short, confirm=short)
    assert "Es braucht mindestens 12 Zeichen." in site.html

    # LOGIN_LIMIT, and the refusal after it.
    for _ in range(11):
        site.person.open("/auth/login")
        site.person.send(email="nobody@example.com", password=PASSWORD)
    assert "<h1>Zu viele Anfragen</h1>" in site.html
    assert "Zu viele Versuche. Bitte warten Sie 15 Minuten." in site.html

    site.page.set_extra_http_headers({})
    answer = get(f"{site.person.url}/auth/login")
    assert "Log in</button>" in answer.text
    assert "Accept-Language" in answer.headers["Vary"]

    # Messages of libraries, which the catalogue repeats.
    script = ("run", "--no-sync", "python", "-c", SCRIPT)
    assert uv(site.project, *script) == ""


def look_at_the_cache(site: Site) -> None:
    run = functools.partial(
        uv, site.project, "run", "--no-sync", "python", "-c", CACHED
    )
    assert "SimpleCache" in run(**DEVELOPMENT)


def look_at_the_toolbar(site: Site) -> None:
    site.person.open("/")
    site.page.wait_for_selector("#flDebug", state="attached")
    assert "Unavailable" not in site.html
    uv(
        site.project, "run", "--no-sync", "python", "-c", WITHOUT,
        "flask_debugtoolbar", DATABASE_URL="sqlite:///app.db", **PRODUCTION,
    )  # fmt: skip


def look_at_parts_of_a_page(site: Site) -> None:
    site.log_in()
    site.page.fill("[name=name]", "<Ada>")
    site.page.click("[hx-post] button")
    site.page.wait_for_selector("#greeting p")
    assert "Hello, &lt;Ada&gt;!" in site.html


LOOKS: dict[str, Callable[[Site], None]] = {
    "Flask-Babel": look_at_the_second_language,
    "Flask-Caching": look_at_the_cache,
    "Flask-DebugToolbar": look_at_the_toolbar,
    "htmx": look_at_parts_of_a_page,
    "Flask-Admin": look_at_the_administration,
}
ALONE = [(name,) for name in LOOKS] if options.chosen.everything else []


def recipe(name: str) -> str:
    (title,) = [title for title in SECTIONS if title.endswith(f": {name}")]
    return SECTIONS[title]


@contextmanager
def opened(project: Path) -> Iterator[Site]:
    flask = ("uv", "run", "--no-sync", "flask")
    uv(project, "run", "--no-sync", "flask", "db", "upgrade", **DEVELOPMENT)
    make_account(project, DEVELOPMENT, "--admin")
    make_account(project, DEVELOPMENT, email="person@example.com")
    with (
        served(project, *flask, "run", "--port=PORT", **DEVELOPMENT) as server,
        browser() as started,
        visitor(started, server.url) as person,
    ):
        yield Site(project, person)


@pytest.mark.parametrize("names", [tuple(LOOKS), *ALONE], ids=" ".join)
def test_the_recipes_give_the_described_result(
    names: tuple[str, ...], render: Renderer
) -> None:
    project = render(preset="full")
    start_repository(project, "start")
    uv(project, "sync", "--quiet")
    for name in names:
        assert follow(project, recipe(name))

    uv(project, "run", "just", "fix")
    uv(project, "run", "just", "lint", "types")
    parts = [["tests", f"--ignore={MAINTAINED}"]]
    if options.chosen.everything:
        # In two parts, each of which ends in time on a busy machine.
        parts = [["tests", f"--ignore={CORE}"], [CORE]]
    for part in parts:
        uv(project, "run", "pytest", "-q", "-W", "error", *part)
    for title in without_recipe():
        assert follow(project, SECTIONS[title]), title
    # Last: without Chromium, the test ends here.
    with opened(project) as site:
        for name in names:
            LOOKS[name](site)
            # jQuery, which some of the packages bring, warns of its own functions.
            errors = [
                text for text in site.person.complaints if text.startswith("error")
            ]
            assert errors == [], name


def without_recipe() -> list[str]:
    """Return the titles of what the page only describes, with the packages to add."""
    return [title for title in SECTIONS if ": " not in title]


def test_every_recipe_has_a_test() -> None:
    recipes = SECTIONS.keys() - without_recipe()

    assert sorted(title.split(": ")[1] for title in recipes) == sorted(LOOKS)
    for title in without_recipe():
        assert "\nIn `" not in SECTIONS[title], title
        assert "The new file `" not in SECTIONS[title], title
