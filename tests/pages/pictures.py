"""Pictures of pages, which a review can compare.

As a script it takes them; `just page-pictures` runs it.
"""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page

from tests.pages.packing import pack
from tests.pages.sites import EMAIL
from tests.pages.sites import prepare
from tests.pages.sites import Site
from tests.pages.sites import site
from tests.support import options
from tests.support.browsers.client import PASSWORD
from tests.support.browsers.playwright_pages import browser
from tests.support.browsers.playwright_pages import Visitor
from tests.support.browsers.playwright_pages import visitor
from tests.support.rendering import copied_tree
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT
from tests.support.rendering import run
from tests.support.running.projects import program

FOLDER = Path(__file__).with_name("pictures")
# A quarter of the pixels in each direction, so that it does not matter how a version of
# the browser smooths letters; then one pixel in 1500 may differ: a tab more is seen.
SCALE, MOST = 4, 1 / 1500

# One font on all machines, and nothing that differs from run to run.
STEADY = r"""
() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    * { font-family: Inter !important; caret-color: transparent !important; }
    main > .note:last-child { visibility: hidden; }
  `);
  document.adoptedStyleSheets = [sheet];
  // Also its width is of the day.
  for (const time of document.querySelectorAll("time")) {
    time.textContent = "a moment ago";
  }
  for (const secret of document.querySelectorAll("textarea[readonly]")) {
    secret.value = "a_secret_that_is_new_for_each_token";
  }
  const changes = [
    [/(?<=\/)[\w-]{43}(?!.)/g, "a-secret-that-is-new-for-each-link"],
    [/:\/\/127.0.0.1:\d+/g, "://127.0.0.1:5000"],
    [/Account \d+,/g, "Account 12,"],
    [/ends in \w{4}/g, "ends in 1234"],
    [/(Chrome|Chromium) [\d.]+/g, "$1 140"],
    [/\w{3}, \d+ \w+ \d{4} [\d:]{8} [+]0000/g, "a moment ago"],
  ];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    for (const [pattern, constant] of changes) {
      texts.currentNode.data = texts.currentNode.data.replace(pattern, constant);
    }
  }
}
"""
DIFFERENCE = """
async ([scale, ...pictures]) => {
  const [old, current] = await Promise.all(pictures.map(async data => {
    const image = new Image();
    image.src = "data:image/png;base64," + data;
    await image.decode();
    return image;
  }));
  if (old.width !== current.width || old.height !== current.height) return 1;
  const width = old.width / scale, height = old.height / scale;
  const [first, second] = [old, current].map(image => {
    const canvas = new OffscreenCanvas(width, height).getContext("2d");
    canvas.imageSmoothingQuality = "high";
    canvas.drawImage(image, 0, 0, width, height);
    return canvas.getImageData(0, 0, width, height).data;
  });
  let differing = 0;
  for (let i = 0; i < first.length; i += 4) {
    const channels = [0, 1, 2].map(c => Math.abs(first[i + c] - second[i + c]));
    differing += Math.max(...channels) > 24;
  }
  return differing / (first.length / 4);
}
"""


def need_font() -> None:
    """Skip the test if the font of the pictures is not installed."""
    families = run(ROOT, program("fc-list"), ":", "family")
    if "Inter" in families.splitlines():
        return
    reason = "the font Inter is not installed"
    pytest.fail(reason) if options.chosen.require_services else pytest.skip(reason)


def file(name: str) -> Path:
    return FOLDER / f"{name}.png"


def take(running: Site, started: Browser) -> dict[str, bytes]:
    """Return PNGs by name; the site must not have the account of the pictures yet."""
    pictures, empty = {}, started.new_page()
    for width, scheme in ((960, "light"), (360, "dark")):
        with visitor(started, running.url, width=width, scheme=scheme) as reader:
            for name in visits(reader, f"{scheme}@example.com"):
                pictures[f"{name}-{scheme}"] = pack(empty, picture(reader.page))
    empty.close()
    return pictures


def visits(reader: Visitor, email: str) -> Iterator[str]:
    reader.open("/")
    yield "start"
    reader.open("/auth/login")
    yield "log-in"
    reader.open("/auth/register")
    reader.send(email="nobody", password="short", confirm="other")  # noqa: S106
    yield "registration-with-errors"
    reader.send(email=email, password=PASSWORD, confirm=PASSWORD)
    yield "account"
    mail(reader, email, "Confirm your e-mail address")
    yield "mail"
    reader.follow("pre a")
    yield "confirmation"
    reader.follow("text='Confirm address'")
    reader.open("/auth/password")
    yield "password"
    reader.open("/auth/email")
    yield "address"
    reader.open("/auth/sessions")
    yield "sessions"
    reader.open("/auth/tokens")
    reader.send(name="The clock of the harbour")
    yield "tokens"
    reader.open("/auth/delete")
    yield "deletion"
    reader.open("/auth/reauthenticate")
    reader.send(password="wrong")  # noqa: S106
    yield "password-again"
    for title in ("Paint the boat", "Ask about the mooring"):
        reader.open("/notes/new")
        reader.send(title=f"{title}, {email[:5]}", text="Before the ice comes.")
    reader.page.click("details.dialog summary")
    yield "note"
    reader.open(f"/notes/?q={email[:5]}")
    yield "list"
    reader.open("/nowhere")
    yield "error"
    reader.open("/parts")
    yield "parts"
    reader.follow("text=Log out")
    reader.open("/auth/reset")
    yield "forgotten-password"
    reader.send(email=email)
    mail(reader, email, "Reset your password")
    reader.follow("pre a")
    yield "new-password"
    reader.open("/auth/login")
    reader.send(email=EMAIL, password=PASSWORD)
    reader.open(f"/auth/users?q={email}")
    yield "users"
    reader.follow("td a")
    yield "user"
    reader.open("/auth/users/invite")
    yield "invitations"


def mail(reader: Visitor, email: str, subject: str) -> None:
    """Open the newest mail to an address with a subject."""
    row = reader.page.locator("tr", has_text=email).locator("a", has_text=subject)
    reader.open("/dev/mail/")
    while not row.count():  # it is sent after the answer
        reader.open("/dev/mail/")
    with reader.page.expect_navigation():
        row.first.click()


def picture(page: Page) -> bytes:
    """Return a PNG of the whole page, when it does not change any more."""
    window = page.viewport_size
    assert window, "The window has a size."
    # A frame below the window is not drawn.
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": window["width"], "height": height})
    for frame in page.frames:
        frame.evaluate(STEADY)
    page.evaluate("document.fonts.ready")
    before, taken = b"", page.screenshot(animations="disabled")
    while taken != before:
        if page.frames[1:]:  # another process draws them
            page.wait_for_timeout(300)
        before, taken = taken, page.screenshot(animations="disabled")
    page.set_viewport_size(window)
    return taken


def difference(page: Page, old: bytes, new: bytes) -> float:
    """Return the share of a picture that differs, 1 for another size."""
    encoded = [base64.b64encode(data).decode() for data in (old, new)]
    share: float = page.evaluate(DIFFERENCE, [SCALE, *encoded])
    return share


def renew() -> None:
    """Write the pictures that differ."""
    with tempfile.TemporaryDirectory() as name, browser() as started:
        folder = Path(name)
        render = Renderer(copied_tree(ROOT, folder / "template"), folder)
        with site(prepare(render, "api")) as running:
            taken = take(running, started)
        page = started.new_page()
        FOLDER.mkdir(exist_ok=True)
        for old in FOLDER.glob("*.png"):
            if old.stem not in taken:
                old.unlink()
        for each, content in taken.items():
            there = file(each).read_bytes() if file(each).exists() else content
            if not file(each).exists() or difference(page, there, content) > MOST:
                file(each).write_bytes(content)
                print(f"taken: {each}")


if __name__ == "__main__":
    renew()
