"""The mails of the sample: any name works, and each says what it was given."""

from __future__ import annotations

from jinja2 import FunctionLoader

NAMES = ("name", "link", "email", "old", "new", "when")

TEXT = "".join(
    f"{{% if {name} is defined %}}{name}: {{{{ {name} }}}}\n{{% endif %}}"
    for name in NAMES
)


class Loader(FunctionLoader):
    """Any name works, so none is listed, and a server can load the other templates."""

    def list_templates(self) -> list[str]:
        return []


def template(path: str) -> str | None:
    """Return the template of a mail, or None for another path."""
    folder, _, file = path.partition("/")
    if folder != "mail":
        return None
    name, _, kind = file.rpartition(".")
    if kind == "txt":
        return f"Subject: {name}\n\n{TEXT}"
    return f"<!doctype html><title>{{{{ subject }}}}</title><pre>{TEXT}</pre>"
