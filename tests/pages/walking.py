"""A person with a browser, each of whose pages is checked, and who reads /dev/mail."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser
from playwright.sync_api import BrowserContext
from playwright.sync_api import Page
from playwright.sync_api import Route

from tests.support.browsers.client import EMAIL
from tests.support.browsers.client import PASSWORD
from tests.support.browsers.playwright_pages import Visitor
from tests.support.browsers.playwright_pages import visitor
from tests.support.rendering import run

NARROWEST = 320
# The first error, of the form as a whole or of a field, and what has the focus instead.
FOCUS = """
() => {
  const wrong = document.querySelector(
    "main .message-error[tabindex], main [aria-invalid=true]");
  if (!wrong || wrong === document.activeElement) return [];
  return [`the first error has no focus, but ${document.activeElement.outerHTML}`];
}
"""
# A button that destroys is in a dialog that has to be opened first, or in a form that
# asks for the password.
UNGUARDED = """
() => [...document.querySelectorAll(".button-danger")]
  .filter(button => !button.closest("details.dialog")
    && !button.form?.querySelector("[type=password]"))
  .map(button => `one click is enough for: ${button.innerText}`)
"""
HEADINGS = "document.querySelectorAll('h1').length"


@dataclass(frozen=True)
class Way:
    """How a walk is made."""

    javascript: bool
    width: int
    scheme: str

    def __str__(self) -> str:
        script = "with" if self.javascript else "without"
        return f"{script} JavaScript, {self.width} pixels, {self.scheme}"


@dataclass
class Findings:
    """What is wrong with each page of the walks, and its HTML."""

    faults: dict[str, list[str]] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)


@dataclass
class Walker:
    """A person who walks through a site whose project is in a folder."""

    visitor: Visitor
    way: Way
    browser: Browser
    project: Path
    findings: Findings
    copy: Visitor | None  # without JavaScript: a window with it, see violations()
    read: set[str] = field(default_factory=set)

    @property
    def page(self) -> Page:
        return self.visitor.page

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    def open(self, path: str) -> None:
        self.visitor.open(path)

    def send(self, **values: str) -> None:
        self.visitor.send(**values)

    def press(self, name: str) -> None:
        """Press a button or a link of the content, and wait for the next page."""
        main = self.page.locator("main")
        buttons = main.get_by_role("button", name=name, exact=True)
        with self.page.expect_navigation():
            buttons.or_(main.get_by_role("link", name=name, exact=True)).click()

    def press_in_dialog(self, name: str, summary: str) -> None:
        """Open a confirmation, look at it, and press a button in it."""
        self.page.locator("details.dialog summary", has_text=summary).click()
        self.look(f"the confirmation: {summary}")
        opened = self.page.locator("details.dialog[open]")
        with self.page.expect_navigation():
            opened.get_by_role("button", name=name, exact=True).click()

    def log_in(self, email: str = EMAIL, password: str = PASSWORD) -> None:
        self.open("/auth/login")
        self.send(email=email, password=password)

    def log_out(self) -> None:
        self.open("/")
        with self.page.expect_navigation():
            self.page.click("header >> text=Log out")

    def sees(self, *texts: str) -> None:
        """Check that the page has some texts."""
        content = " ".join(self.page.inner_text("body").split())
        for text in texts:
            assert text in content, f"{self.page.url} does not say: {text}\n{content}"

    def is_at(self, path: str) -> None:
        assert urlsplit(self.page.url).path == path, self.page.inner_text("body")

    # What a developer does with mail -------------------------------------------------

    def read_mail(self, email: str, subject: str) -> None:
        """Open the newest mail to an address, which was not read yet."""
        until = time.monotonic() + 20
        while not (path := self.new_mail(email, subject)):
            assert time.monotonic() < until, f"no mail to {email}: {subject}"
            time.sleep(0.1)  # it is sent after the answer
        self.read.add(path)
        self.open(path)
        self.sees(email)

    def new_mail(self, email: str, subject: str) -> str | None:
        self.open("/dev/mail/")
        rows = self.page.locator("tr", has_text=email)
        for link in rows.locator("a", has_text=subject).all():
            path = link.get_attribute("href") or ""
            if path not in self.read:
                return path
        return None

    def follow_link(self) -> None:
        """Open the link of the mail that is open, in its HTML or in its text."""
        if not self.way.javascript:
            with self.page.expect_navigation():
                self.page.click("pre a")
            return
        frame = self.page.frame_locator("iframe")
        with self.context.expect_page() as opened:
            frame.locator("a").first.click()
        # It opens another tab; the walk continues in the first one.
        opened.value.wait_for_load_state()
        address = opened.value.url
        opened.value.close()
        self.page.goto(address)

    # What a browser and time do ------------------------------------------------------

    def restart_browser(self) -> None:
        """Close the browser and open it again: what was for a session is gone."""
        kept = [each for each in self.context.cookies() if each["expires"] > 0]
        self.context.clear_cookies()
        self.context.add_cookies(kept)  # type: ignore[arg-type]  # as they came

    def age_log_ins(self) -> None:
        """Make all log-ins older than REAUTHENTICATION_AFTER."""
        (file,) = (self.project / "instance").glob("*.db")
        with contextlib.closing(sqlite3.connect(file, timeout=20)) as database:
            database.execute(
                "UPDATE user_sessions SET password_checked_at = NULL,"
                " created_at = datetime(created_at, '-20 minutes')"
            )
            database.commit()

    def command(self, *arguments: str) -> str:
        flask = ("uv", "run", "--no-sync", "flask")
        return run(self.project, *flask, *arguments, APP_CONFIG="development")

    @contextlib.contextmanager
    def another_browser(self) -> Iterator[Walker]:
        """Open a window with other cookies, as on another computer."""
        with walker(
            self.browser, self.visitor.url, self.way, self.project, self.findings
        ) as other:
            yield other

    # What is wrong with a page -------------------------------------------------------

    def look(self, name: str) -> None:
        """Check the page that is open, and keep its HTML."""
        found = [*self.violations(), *self.complaints()]
        found += self.page.evaluate(FOCUS) + self.page.evaluate(UNGUARDED)
        if (headings := self.page.evaluate(HEADINGS)) != 1:
            found.append(f"it has {headings} headings of the first level")
        if self.way.javascript:
            found += self.visitor.shifts()
        for width in (self.way.width, NARROWEST):
            self.page.set_viewport_size({"width": width, "height": 800})
            found += [f"at {width}: {fault}" for fault in self.visitor.overflow()]
        self.page.set_viewport_size({"width": self.way.width, "height": 800})
        self.findings.faults[f"{name}, {self.way}"] = found
        self.findings.sources[f"{name}, {self.way}"] = self.visitor.source()

    def complaints(self) -> list[str]:
        """Return what the browser has complained about since this was called last."""
        found, self.visitor.complaints = self.visitor.complaints, []
        # Of the scripts that Playwright runs in each frame, also in that of a mail.
        return [each for each in found if "frame is sandboxed" not in each]

    def violations(self) -> list[str]:
        """Return the rules of accessibility that the page breaks."""
        if self.copy is None:
            return self.visitor.violations()
        # axe is a script: of a copy, whose own scripts are empty.
        content, page = self.page.content(), self.copy.page

        def answer(route: Route) -> None:
            if route.request.is_navigation_request():
                route.fulfill(body=content, content_type="text/html; charset=utf-8")
            elif route.request.resource_type == "script":
                route.fulfill(body="", content_type="text/javascript")
            else:
                route.continue_()

        page.route("**/*", answer)
        page.goto(self.page.url)
        page.unroute("**/*")
        return self.copy.violations()


@contextlib.contextmanager
def walker(
    browser: Browser, url: str, way: Way, project: Path, findings: Findings
) -> Iterator[Walker]:
    with contextlib.ExitStack() as windows:

        def window(*, javascript: bool) -> Visitor:
            return windows.enter_context(
                visitor(
                    browser, url, width=way.width, scheme=way.scheme,
                    javascript=javascript,
                )
            )  # fmt: skip

        copy = None if way.javascript else window(javascript=True)
        visited = window(javascript=way.javascript)
        yield Walker(visited, way, browser, project, findings, copy)
