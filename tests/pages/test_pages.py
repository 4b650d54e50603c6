"""Every page in Chromium: for all readers, without a complaint, at every width."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.pages import pictures
from tests.pages.sites import prepare
from tests.pages.sites import Site
from tests.pages.sites import site
from tests.pages.sites import states
from tests.pages.validity import faults
from tests.pages.validity import install
from tests.static.file_lists import recorded
from tests.support.browsers.playwright_pages import browser as started
from tests.support.browsers.playwright_pages import visitor
from tests.support.rendering import PRESETS
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as running:
        yield running


# The smallest, and one with every page that there is.
LOOKED_AT = ["minimal", "api"]


@pytest.fixture(scope="module", params=LOOKED_AT)
def pages(
    request: pytest.FixtureRequest,
    template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp(request.param)
    project = prepare(Renderer(template, folder), request.param)
    with site(project) as running:
        yield running


# What is the same in all presets, or needs accounts.
ONE = pytest.mark.parametrize("pages", ["api"], indirect=True)


@pytest.mark.parametrize("preset", sorted({*PRESETS} - {*LOOKED_AT}))
def test_another_preset_has_no_page_that_is_not_looked_at(preset: str) -> None:
    lists = recorded()  # of another preset: what differs from the first one

    def more_pages(name: str) -> set[str]:
        return {
            file
            for file in lists[f"preset={name}"]
            if file.startswith(("+ app/templates/", "+ app/static/"))
        }

    assert "+ app/templates/auth/tokens.html" in more_pages(LOOKED_AT[-1])
    assert more_pages(preset) <= more_pages(LOOKED_AT[-1])


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


READERS: dict[str, dict[str, Any]] = {
    "forced colours": {"forced_colors": "active"},
    "less motion": {"reduced_motion": "reduce"},
    # As a window of 1280 pixels has at 200 %.
    "twice as large": {"width": 640, "device_scale_factor": 2},
}
MOVES = """
[...document.querySelectorAll("*")].filter(element => {
  const style = getComputedStyle(element);
  return style.transitionDuration !== "0s" || style.animationName !== "none";
}).length
"""
# Of what has the focus: an outline, or a border where it is in a text.
FOCUS = """
(() => {
  const style = getComputedStyle(document.activeElement);
  return [style.outlineStyle, parseFloat(style.outlineWidth)];
})()
"""


@ONE
@pytest.mark.parametrize("kind", READERS)
def test_the_parts_are_for_readers_who_ask_for(
    kind: str, pages: Site, browser: Browser
) -> None:
    with visitor(browser, pages.url, **READERS[kind]) as reader:
        reader.open("/parts")
        reader.page.click("main form[enctype] button[type=submit]")

        assert reader.faults() == []
        if kind == "less motion":
            assert reader.page.evaluate(MOVES) == 0
        for selector in ("main a", "main button", "main input:not([hidden])"):
            reader.page.keyboard.press("Tab")  # from here on, the focus is shown
            reader.page.locator(selector).first.focus()
            style, width = reader.page.evaluate(FOCUS)
            assert style != "none"
            assert width >= 2
        if kind == "forced colours":
            current = reader.page.locator(".tabs [aria-current]")
            border = "element => getComputedStyle(element).borderBottomStyle"
            assert current.evaluate(border) == "solid"


@ONE
def test_paper_has_the_text_and_no_controls(pages: Site, browser: Browser) -> None:
    with visitor(browser, pages.url, scheme="dark") as reader:
        reader.open("/parts")
        reader.page.emulate_media(media="print", color_scheme="light")

        seen = reader.page.locator("body").inner_text()
        assert "What happened." in seen
        assert "Harbour notes" in seen
        for control in ("Skip", "Log in", "Next", "Do it", "For developers"):
            assert control not in seen


@ONE
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


@ONE
def test_a_password_has_no_dead_button_without_javascript(
    pages: Site, browser: Browser
) -> None:
    with visitor(browser, pages.url, javascript=False) as reader:
        reader.open("/auth/login")
        assert reader.page.locator("button:visible", has_text="Show").count() == 0


@ONE
def test_the_keyboard_is_enough(pages: Site, browser: Browser) -> None:
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
            "email", "password", "Show", "remember", "Log in",
        ]  # fmt: skip

        reader.page.fill("[name=password]", "a secret")
        reader.page.focus("text=Show")
        reader.page.keyboard.press("Space")
        assert reader.page.get_attribute("[name=password]", "type") == "text"
        assert reader.page.inner_text("[data-shows]") == "Hide"


@ONE
def test_the_pages_look_as_in_their_pictures(pages: Site, browser: Browser) -> None:
    pictures.need_font()
    taken = pictures.take(pages, browser)
    page = browser.new_page()
    kept = {path.stem: path.read_bytes() for path in pictures.FOLDER.glob("*.png")}
    assert kept.keys() == taken.keys(), "run: just page-pictures"

    differing = {
        name: share
        for name, content in taken.items()
        if (share := pictures.difference(page, kept[name], content)) > pictures.MOST
    }
    assert differing == {}, "look at it, and run: just page-pictures"

    # It is seen to fail, for a button of another colour.
    with visitor(browser, pages.url, width=960) as reader:
        reader.open("/auth/login")
        reader.page.evaluate(
            "document.querySelector('main form > button').style.background = 'green'"
        )
        changed = pictures.picture(reader.page)
    share = pictures.difference(page, kept["log-in-light"], changed)
    assert pictures.MOST < share < 1


COLOUR = "element => getComputedStyle(element).color"


def brands() -> list[str]:
    """Return the style sheets that docs/design.md shows."""
    page = (ROOT / "template/docs/design.md").read_text()
    return [part.split("```")[0] for part in page.split("```css\n")[1:]]


@ONE
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("brand", brands(), ids=lambda brand: str(len(brand)))
def test_the_brands_of_the_documentation_have_contrast(
    pages: Site, browser: Browser, brand: str, scheme: str
) -> None:
    with visitor(browser, pages.url, scheme=scheme) as reader:
        reader.open("/parts")
        reader.page.click("main form[enctype] button[type=submit]")
        before = reader.page.locator("main a").first.evaluate(COLOUR)
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
        assert reader.page.locator("main a").first.evaluate(COLOUR) != before
