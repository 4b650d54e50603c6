"""Every page in Chromium: for all readers, without a complaint, at every width."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.pages.sites import prepare
from tests.pages.sites import Site
from tests.pages.sites import site
from tests.pages.sites import states
from tests.pages.validity import faults
from tests.pages.validity import install
from tests.support.browsers.client import PASSWORD
from tests.support.browsers.playwright_pages import browser as started
from tests.support.browsers.playwright_pages import visitor
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as running:
        yield running


@pytest.fixture(scope="module", params=["minimal", "website"])
def pages(
    request: pytest.FixtureRequest,
    template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp(request.param)
    project = prepare(Renderer(template, folder), request.param)
    with site(project) as running:
        yield running


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_no_page_has_a_fault(
    pages: Site, browser: Browser, width: int, scheme: str
) -> None:
    with visitor(browser, pages.url, width=width, scheme=scheme) as reader:
        faults = {state: reader.faults() for state in states(reader, pages)}

    assert len(faults) > len(pages.pages)
    assert {state: found for state, found in faults.items() if found} == {}


def test_no_page_scrolls_sideways_on_the_narrowest_screen(
    pages: Site, browser: Browser
) -> None:
    with visitor(browser, pages.url, width=320) as reader:
        wide = {state: reader.overflow() for state in states(reader, pages)}

    assert {state: found for state, found in wide.items() if found} == {}


def test_every_page_is_valid_html(
    pages: Site, browser: Browser, tmp_path: Path
) -> None:
    install(tmp_path)
    with visitor(browser, pages.url) as reader:
        sources = {state: reader.source() for state in states(reader, pages)}

    assert faults(tmp_path, sources) == []
    # It is seen to fail.
    page = sources["/parts"].replace("</h1>", "</h2>", 1)
    assert "close-order" in " ".join(faults(tmp_path, {"a fault": page}))


def test_every_form_works_without_javascript(pages: Site, browser: Browser) -> None:
    if not pages.has_accounts:
        pytest.skip("it has no accounts")
    with visitor(browser, pages.url, javascript=False) as reader:
        reader.open("/auth/register")
        assert reader.page.locator("button:visible", has_text="Show").count() == 0
        reader.send(email="plain@example.com", password=PASSWORD, confirm=PASSWORD)
        assert "you are logged in" in reader.page.content()
        reader.page.click("text=Log out")
        assert "You are logged out." in reader.page.content()


def test_the_keyboard_is_enough(pages: Site, browser: Browser) -> None:
    if not pages.has_accounts:
        pytest.skip("it has no accounts")
    with visitor(browser, pages.url) as reader:
        reader.open("/auth/login")
        order = []
        for _ in range(10):
            reader.page.keyboard.press("Tab")
            order.append(
                reader.page.evaluate(
                    "document.activeElement.name || document.activeElement.innerText"
                )
            )
        assert order == [
            "Skip to the content", "Harbour notes", "Notes", "Log in", "Register",
            "email", "password", "Show", "remember",
        ]  # fmt: skip

        reader.page.fill("[name=password]", "a secret")
        reader.page.focus("text=Show")
        reader.page.keyboard.press("Space")
        assert reader.page.get_attribute("[name=password]", "type") == "text"
        assert reader.page.inner_text("[data-shows]") == "Hide"


ACCENT = "getComputedStyle(document.querySelector('main a')).color"


def brands() -> list[str]:
    """Return the style sheets that docs/design.md shows."""
    page = (ROOT / "template/docs/design.md").read_text()
    return [part.split("```")[0] for part in page.split("```css\n")[1:]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("brand", brands(), ids=lambda brand: str(len(brand)))
def test_the_brands_of_the_documentation_have_contrast(
    pages: Site, browser: Browser, brand: str, scheme: str
) -> None:
    with visitor(browser, pages.url, scheme=scheme) as reader:
        reader.open("/parts")
        reader.page.click("main form[enctype] button[type=submit]")
        before = reader.page.evaluate(ACCENT)
        # As the page's policy allows: not as a style element.
        reader.page.evaluate(
            """text => {
              const sheet = new CSSStyleSheet();
              sheet.replaceSync(text);
              document.adoptedStyleSheets = [sheet];
            }""",
            brand,
        )

        assert reader.violations() == []
        assert reader.page.evaluate(ACCENT) != before
