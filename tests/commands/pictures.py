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

from jinja2 import Environment
from jinja2 import meta

from tests.support.browsers.chromium import chromium
from tests.support.browsers.chromium import NAMES
from tests.support.browsers.chromium import Page
from tests.support.browsers.client import EMAIL
from tests.support.browsers.client import make_account
from tests.support.browsers.client import PASSWORD
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
        chromium(folder / "chromium") as page,
    ):
        return {scheme: picture(page, server.url, scheme) for scheme in SCHEMES}


def picture(page: Page, url: str, scheme: str) -> bytes:
    """Return one PNG with all pages side by side."""
    preferred = [{"name": "prefers-color-scheme", "value": scheme}]
    page.call("Emulation.setEmulatedMedia", features=preferred)
    page.call("Emulation.setScrollbarsHidden", hidden=True)
    page.call("Network.clearBrowserCookies")  # logs out
    panes = PANES.replace("BACKGROUND", BACKGROUNDS[scheme])
    for path in PAGES:
        shot = base64.b64encode(of_page(page, url, path)).decode()
        panes += f'<img src="data:image/png;base64,{shot}">'
    size(page, (WIDTH + 2 + 16) * len(PAGES) + 16, HEIGHT + 2 + 32)
    page.open("about:blank")
    page.run(f"document.write({panes!r})")
    page.wait_until("[...document.images].every(image => image.complete)")
    return shot_of(page)


def of_page(page: Page, url: str, path: str) -> bytes:
    size(page, WIDTH, HEIGHT)
    page.open(url + path)
    if page.run("location.pathname") != path:
        page.run(f"document.querySelector('[name=email]').value = {EMAIL!r}")
        page.run(f"document.querySelector('[name=password]').value = {PASSWORD!r}")
        page.follow("document.querySelector('main form').requestSubmit()")
    page.run(f"document.body.style.fontFamily = {FONT!r}")
    return shot_of(page)


def size(page: Page, width: int, height: int) -> None:
    page.call(
        "Emulation.setDeviceMetricsOverride",
        width=width, height=height, deviceScaleFactor=1, mobile=False,
    )  # fmt: skip


def shot_of(page: Page) -> bytes:
    return base64.b64decode(page.call("Page.captureScreenshot", format="png")["data"])


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
