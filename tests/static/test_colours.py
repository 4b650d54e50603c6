"""Colours that other files repeat are those of style.css."""

from __future__ import annotations

import re

import pytest

from tests.support.rendering import ROOT

APP = ROOT / "template/app"
STYLE = (APP / "static/css/style.css").read_text()
THEME = r'name="theme-color" content="(#\w+)" media="\(prefers-color-scheme: {}\)"'
ICON = r'<rect [^>]*fill="(#\w+)"'

REPEATED = {
    # what: the file, the pattern of the colour there, its name and scheme in style.css
    "light header": ("templates/base.html", THEME.format("light"), "raised", "light"),
    "dark header": ("templates/base.html", THEME.format("dark"), "raised", "dark"),
    "icon": ("static/icon.svg.jinja", ICON, "accent", "light"),
}


def values(name: str) -> dict[str, str]:
    """Return what a custom property is in the light and the dark scheme."""
    found = re.findall(rf"(?m)^ +--{name}: (#\w+);", STYLE)
    return dict(zip(("light", "dark"), found, strict=True))


@pytest.mark.parametrize("what", REPEATED)
def test_a_repeated_colour_is_that_of_the_style_sheet(what: str) -> None:
    file, pattern, name, scheme = REPEATED[what]

    found = re.findall(pattern, (APP / file).read_text())

    assert found == [values(name)[scheme]]
