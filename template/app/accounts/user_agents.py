"""Browsers by their name, for a person who looks through the own sessions.

A browser is named only if every part of its User-Agent is known: most browsers claim to
be Chrome or Safari too, and one that is not known here is called unknown. It can still
be anything: the client chooses what it sends.

Maintained by copier-flask.
"""

from __future__ import annotations

import re

from app.core.texts import text

# "Mozilla/5.0" has the name "Mozilla". "Mobile" may come without a version.
PRODUCT = re.compile(r"([A-Za-z][\w.-]*)(?:/\S*)?")
COMMENT = re.compile(r"\(([^()]*)\)")

# Names that say nothing, because browsers send them for compatibility.
SHARED = {"Mozilla", "AppleWebKit", "Gecko", "Chrome", "Safari", "Version", "Mobile"}

# What is left of the names of one browser.
BROWSERS = {
    "CriOS": "Chrome",
    "Edg": "Edge",
    "EdgA": "Edge",
    "EdgiOS": "Edge",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
}

# The first one found in the comment, such as "(X11; CrOS x86_64 14541.0.0)".
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "CrOS": "ChromeOS",
    "Windows NT": "Windows",
    "Macintosh": "Mac",
    "Linux": "Linux",
}


def name_of(user_agent: str) -> str:
    """Return a short name such as "Firefox on Windows", for people."""
    comment = COMMENT.search(user_agent)
    system = system_of(comment[1] if comment else "")
    names = set(PRODUCT.findall(COMMENT.sub(" ", user_agent)))
    browser = browser_of(names, system, comment[1] if comment else "")
    # An iPad says that it is a Mac, in each browser with Apple's engine.
    if system == "Mac" and "AppleWebKit" in names and "Chrome" not in names:
        system = text("user_agents.mac_or_ipad")
    if not system:
        return browser
    return text("user_agents.on_system", browser=browser, system=system)


def system_of(comment: str) -> str:
    """Return the name of the operating system, or an empty text."""
    return next((name for part, name in SYSTEMS.items() if part in comment), "")


def browser_of(names: set[str], system: str, comment: str) -> str:
    """Return the name of a browser from the product names in its User-Agent."""
    others = names - SHARED
    if "Mozilla" in names and len(others) == 1 and others <= BROWSERS.keys():
        return BROWSERS[others.pop()]
    if others or "Safari" not in names:
        return text("user_agents.unknown")
    if "Chrome" not in names:
        # Other browsers with this engine send the same, on other systems.
        is_apples = "Version" in names and system in {"iPhone", "iPad", "Mac"}
        return "Safari" if is_apples else text("user_agents.unknown")
    # Android's view of a page inside of an app.
    if "Version" in names or "; wv" in comment:
        return text("user_agents.app")
    # Brave and others send exactly what Chrome does.
    return text("user_agents.like_chrome")
