"""A browser that Playwright drives, and what is wrong with a page in it."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from importlib.resources import files
from typing import Any

from playwright.sync_api import Browser
from playwright.sync_api import ConsoleMessage
from playwright.sync_api import Dialog
from playwright.sync_api import Page
from playwright.sync_api import Response
from playwright.sync_api import sync_playwright

from tests.support.running.projects import program

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
NAMES = ("chromium", "google-chrome")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
# What the browser logs about a page whose status is an error.
STATUS = "Failed to load resource: the server responded with a status of"
MOVED = {301, 302, 303, 307, 308}
SHIFTS = """
window.shifted = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) {
    if (!entry.hadRecentInput) window.shifted += entry.value;
  }
}).observe({type: "layout-shift", buffered: true});
"""
# The links at the right of the header move by 0.0004 if the page arrives in parts
# between them, as it may on a busy machine. The field calls 0.1 good.
LAYOUT_SHIFT = 0.001
VIOLATIONS = """
async () => (await axe.run()).violations.map(
  fault => `${fault.id}: ${fault.nodes.map(node => node.html).join(" ")}`)
"""


def installed() -> str:
    """Return the path of Chromium or Google Chrome, of which one is enough."""
    return next(filter(None, map(shutil.which, NAMES)), None) or program(NAMES[0])


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium, or skip the test if the machine has none."""
    path = installed()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield started
        started.close()


@dataclass
class Visitor:
    """A window with cookies, what the browser has complained about, and asked."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    documents: list[Response] = field(default_factory=list)

    def note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and STATUS not in message.text:
            self.complaints.append(f"{message.type}: {message.text}")

    def agree(self, question: Dialog) -> None:
        self.questions.append(question.message)
        question.accept()

    def keep(self, response: Response) -> None:
        if response.request.is_navigation_request() and response.status not in MOVED:
            self.documents.append(response)

    def source(self) -> str:
        """Return the HTML of the page that is open, as the server has sent it."""
        return self.documents[-1].text()

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)

    def send(self, **values: str) -> None:
        """Fill the form of the page and send it."""
        for name, value in values.items():
            self.page.fill(f"main [name={name}]", value)
        self.follow("main form button[type=submit]")

    def follow(self, selector: str) -> None:
        """Click something that opens another page, and wait for that page."""
        with self.page.expect_navigation():
            self.page.click(selector)

    def violations(self) -> list[str]:
        """Return the rules of accessibility that the page breaks."""
        # Not by a script tag, which the page's policy forbids.
        self.page.evaluate(AXE)
        found: list[str] = self.page.evaluate(VIOLATIONS)
        return found

    def faults(self) -> list[str]:
        """Return what is wrong with the page that is open."""
        found = self.violations() + self.complaints + self.shifts()
        self.complaints.clear()
        return found + self.overflow()

    def shifts(self) -> list[str]:
        """Return a fault if what the page shows has moved while it came."""
        shifted = self.page.evaluate("window.shifted")
        return [f"its layout shifts by {shifted}"] if shifted > LAYOUT_SHIFT else []

    def overflow(self) -> list[str]:
        """Return a fault if the page scrolls sideways."""
        wide = "document.documentElement.scrollWidth - window.innerWidth"
        more = self.page.evaluate(wide)
        return [f"{more} pixels are too wide"] if more > 0 else []


@contextlib.contextmanager
def visitor(
    browser: Browser, url: str, *, width: int = 1280, scheme: str = "light",
    javascript: bool = True, **more: Any,
) -> Iterator[Visitor]:  # fmt: skip
    """Open a window; `more` are options of Playwright's context."""
    context = browser.new_context(
        **more,
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=javascript,
    )
    if javascript:
        context.add_init_script(SHIFTS)
    made = Visitor(context.new_page(), url)
    made.page.on("console", made.note)
    made.page.on("dialog", made.agree)
    made.page.on("response", made.keep)
    made.page.on("pageerror", lambda error: made.complaints.append(f"error: {error}"))
    yield made
    context.close()
