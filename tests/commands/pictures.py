"""The picture of the README, of pages of a rendered project, in light and in dark.

As a script it takes the pictures; `just pictures` runs it. Beside them it writes which
files the pages are made from, with the hash of each, as `sha256sum` does.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment
from jinja2 import meta
from playwright.sync_api import Browser
from playwright.sync_api import Page

from tests.support.browsers.client import EMAIL
from tests.support.browsers.client import make_account
from tests.support.browsers.client import PASSWORD
from tests.support.browsers.playwright_pages import browser
from tests.support.browsers.playwright_pages import NAMES
from tests.support.browsers.playwright_pages import Visitor
from tests.support.browsers.playwright_pages import visitor
from tests.support.rendering import copied_tree
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT
from tests.support.running.projects import DEVELOPMENT
from tests.support.running.projects import served
from tests.support.running.projects import uv

FOLDER = ROOT / "docs/pictures"
RECORD = FOLDER / "made-from.sha256"
TEMPLATES = ROOT / "template/app/templates"
# What the pages show besides templates.
BESIDE = [
    ROOT / "template/app/auth/forms.py",
    ROOT / "template/app/static/css/style.css",
]
READER = Environment(autoescape=True)
SCHEMES = ("light", "dark")
# In the order in which they are visited: the last one needs the log-in.
PAGES = {
    "/": "main/index.html",
    "/auth/login": "auth/login.html",
    "/dashboard": "dashboard/index.html",
}
SITE = {
    "preset": "website",
    "project_name": "Corner shop",
    "description": "Bread and milk, ordered in the evening and ready in the morning.",
}
# One font for all machines: the style sheet takes the one of the system.
FONT = "Inter"
PACKAGE = "fonts-inter"
WIDTH, HEIGHT = 440, 570
PANES = """
<!doctype html>
<style>
body { display: flex; gap: 16px; margin: 0; padding: 16px; background: BACKGROUND }
img { border: 1px solid #8888; border-radius: 8px }
</style>
"""
SHOWN = "[...document.images].every(image => image.naturalWidth > 0)"
BACKGROUNDS = {"light": "#fff", "dark": "#0d1117"}  # of GitHub's page


def file(scheme: str) -> Path:
    return FOLDER / f"pages-{scheme}.png"


def sources() -> list[Path]:
    """Return the files of the template that the pictures show."""
    names = list(PAGES.values())
    for name in names:
        page = READER.parse((TEMPLATES / name).read_text())
        others = meta.find_referenced_templates(page)
        names += [other for other in others if other and other not in names]
    return sorted([*BESIDE, *(TEMPLATES / name for name in names)])


def record() -> str:
    """Return a line for each file that the pictures are made from."""
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  "
        f"{path.relative_to(ROOT).as_posix()}\n"
        for path in sources()
    )


def take(folder: Path) -> dict[str, bytes]:
    """Render a project, serve it, and return a PNG for each colour scheme."""
    project = Renderer(copied_tree(ROOT, folder / "template"), folder)(**SITE)
    uv(project, "sync", "--quiet")
    flask = ("uv", "run", "--no-sync", "flask")
    uv(project, *flask[1:], "db", "upgrade", **DEVELOPMENT)
    make_account(project, DEVELOPMENT)
    with (
        served(project, *flask, "run", "--port=PORT", **DEVELOPMENT) as server,
        browser() as started,
    ):
        return {scheme: picture(started, server.url, scheme) for scheme in SCHEMES}


def picture(browser: Browser, url: str, scheme: str) -> bytes:
    """Return one PNG with all pages side by side."""
    panes = PANES.replace("BACKGROUND", BACKGROUNDS[scheme])
    with visitor(browser, url, scheme=scheme) as person:
        for path in PAGES:
            shot = base64.b64encode(of_page(person, path)).decode()
            panes += f'<img src="data:image/png;base64,{shot}">'
        size(person.page, (WIDTH + 2 + 16) * len(PAGES) + 16, HEIGHT + 2 + 32)
        # Away from the site, whose policy allows no such pictures.
        person.page.goto("about:blank")
        person.page.set_content(panes)
        person.page.wait_for_function(SHOWN)
        return person.page.screenshot()


def of_page(person: Visitor, path: str) -> bytes:
    size(person.page, WIDTH, HEIGHT)
    person.open(path)
    if urlsplit(person.page.url).path != path:
        person.send(email=EMAIL, password=PASSWORD)
    person.page.evaluate(
        f"document.documentElement.style.setProperty('--font', {FONT!r})"
    )
    return person.page.screenshot()


def size(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})


def write() -> None:
    if not any(map(shutil.which, NAMES)):
        sys.exit("Chromium is missing: install it, or Google Chrome.")
    fonts = subprocess.check_output(["fc-list", ":", "family"], text=True)
    if FONT not in fonts.splitlines():
        sys.exit(f"The font {FONT} is missing: install {PACKAGE}.")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for scheme, content in take(Path(folder)).items():
            file(scheme).write_bytes(content)
    RECORD.write_text(record())


if __name__ == "__main__":
    write()
