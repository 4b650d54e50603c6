"""The words of the maintained files that people read: changed or translated here.

Each text has an id and named placeholders; app/core/english.py has those of app/core,
and pieces add their own tables. TEXTS in config.py changes some of them:

    TEXTS = {"pagination.position": "{number}/{total}"}

A function in `app.extensions["translate"]` translates all of them. It is called at each
request with the English text, or yours, and the id: `translate(text, name)`. It returns
the text with its placeholders. `flask texts` lists all.

Log lines, commands and refusals to start are for operators: their texts are not here.

errors.py binds it. Settings: TEXTS. Maintained by copier-flask.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from functools import lru_cache
from string import Formatter
from typing import Any

import click
from flask import current_app
from flask import Flask
from flask import has_app_context
from markupsafe import escape

from app.core import english
from app.core.rules import RuleError
from app.core.rules import Setting

# A placeholder of WTForms, such as %(min)d.
PERCENT = re.compile(r"%\((\w+)\)[ds]")

ALL: dict[str, str] = {}
BY_ENGLISH: dict[str, str] = {}

# The application whose texts are shown where Flask has no context.
outside_of_flask: ContextVar[Flask | None] = ContextVar("texts_of", default=None)

logger = logging.getLogger(__name__)


def add(table: Mapping[str, str]) -> None:
    """Add the texts of a piece, by id; a module calls it when it is imported."""
    ALL.update(table)
    BY_ENGLISH.update({text: name for name, text in table.items()})


for part in (
    english.TEXTS,
    english.OF_CSRF,
    english.OF_FORMS,
    english.OF_STATUSES,
):
    add(part)


def text(name: str, **values: object) -> str:
    """Return a text, filled in, as this request shows it.

    Raises KeyError for an unknown id, or for a placeholder without a value.
    """
    return wording(name).format(**values)


class LazyText(str):
    """A text that is chosen when it is shown: by `str()`, on a page, in an f-string.

    To everything else it is the English text.
    """

    __slots__ = ("name", "values")

    name: str
    values: dict[str, object]

    def __str__(self) -> str:
        return text(self.name, **self.values)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __mod__(self, values: Any) -> str:
        return str(str(self) % values)

    def __html__(self) -> str:
        return str(escape(str(self)))


def lazy(name: str, **values: object) -> str:
    """Return a text for a class attribute, such as a label or a description.

    `flash` and JSON take `text()` or `str(lazy(...))`. Raises KeyError as `text` does.
    """
    made = LazyText(ALL[name].format(**values))
    made.name, made.values = name, values
    return made


def from_english(given: str, general: str = "") -> str:
    """Return the text that a library, or a class, has in English.

    An unknown one is returned as it is, unless the text with the id `general` is
    changed or translated: then that one.
    """
    if isinstance(given, LazyText):
        return str(given)
    if name := BY_ENGLISH.get(given):
        return wording(name)
    return (general and changed(general)) or given


def changed(name: str) -> str | None:
    """Return a text if it is not the English one; None for an unknown id too."""
    chosen = wording(name) if name in ALL else None
    return None if chosen == ALL.get(name) else chosen


def wording(name: str) -> str:
    """Return a text with its placeholders; raises KeyError for an unknown id."""
    app = application()
    if app is None:
        return ALL[name]

    chosen: str = (app.config.get("TEXTS") or {}).get(name, ALL[name])
    translate = app.extensions.get("translate")
    if translate is None:
        return chosen
    try:
        translated = translate(chosen, name)
        check_placeholders(name, translated)
    except Exception as error:  # noqa: BLE001  # the text is shown in English
        log_once(app, name, error)
        return chosen
    return str(translated)


def application() -> Flask | None:
    """Return the application whose texts are shown; None outside of any."""
    if has_app_context():
        return current_app._get_current_object()  # type: ignore[attr-defined, no-any-return]  # a proxy
    return outside_of_flask.get()


@contextmanager
def texts_of(app: Flask) -> Iterator[None]:
    """Show the texts of an application meanwhile, also without a context of Flask."""
    token = outside_of_flask.set(app)
    try:
        yield
    finally:
        outside_of_flask.reset(token)


def log_once(app: Flask, name: str, error: Exception) -> None:
    """Log that a text could not be translated, once for each text and process."""
    logged: set[str] = app.extensions.setdefault("texts.not_translated", set())
    # Without a request, a function may not know the language.
    if name not in logged and has_app_context():
        logged.add(name)
        fields = {"text": name, "reason": f"{type(error).__name__}: {error}"[:200]}
        logger.warning("A text is not translated.", extra={"fields": fields})


def check_placeholders(name: str, given: object) -> None:
    """Raise ValueError for a text with a placeholder that the English one has not."""
    known = placeholders(ALL[name])
    if not isinstance(given, str) or not given:
        raise ValueError("it must be text")
    for found in placeholders(str(given)) - known:
        listed = ", ".join(f"{{{one}}}" for one in sorted(known)) or "none"
        raise ValueError(f"it must not have {{{found}}}; known: {listed}")


@lru_cache(maxsize=1024)
def placeholders(given: str) -> frozenset[str]:
    """Return the names in braces; raises ValueError for anything but a name."""
    found = set()
    for _, name, form, conversion in Formatter().parse(given):
        if name is not None and (form or conversion or not name.isidentifier()):
            raise ValueError("it must have names in braces, and {{ for a brace")
        if name is not None:
            found.add(name)
    return frozenset(found)


def check_texts(given: object) -> object:
    """Return the setting TEXTS; raises RuleError with a line for each wrong text."""
    if not isinstance(given, Mapping):
        raise RuleError("TEXTS must be a dictionary of ids and texts: see flask texts.")
    problems = [problem for item in given.items() if (problem := problem_of(*item))]
    if problems:
        raise RuleError("\n".join(problems))
    return given


def problem_of(name: object, given: object) -> str | None:
    """Return what is wrong with a text of the setting, or None."""
    if name not in ALL:
        close = get_close_matches(str(name), ALL, 1)
        meant = f"did you mean {close[0]!r}?" if close else "flask texts lists all."
        return f"TEXTS must have known ids, not {str(name)[:60]!r}: {meant}"
    try:
        check_placeholders(str(name), given)
    except ValueError as error:
        return f"TEXTS has a wrong text for {name!r}: {error}."
    return None


SETTINGS = (
    # Texts in the place of those of app/core/english.py, by id.
    Setting(name="TEXTS", default={}, read=json.loads, check=check_texts),
)


class FormTexts:
    """What WTForms translates with: the texts here, or else its own translations."""

    def __init__(self, otherwise: Any) -> None:
        self.otherwise = otherwise

    def gettext(self, given: str) -> str:
        """Return a message of WTForms, with the placeholders that it fills in."""
        if found := of_forms(given):
            return found
        return str(self.otherwise.gettext(given)) if self.otherwise else given

    def ngettext(self, one: str, many: str, number: int) -> str:
        """Return the message for a number, as `gettext` does."""
        if found := of_forms(one if number == 1 else many):
            return found
        if self.otherwise:
            return str(self.otherwise.ngettext(one, many, number))
        return one if number == 1 else many


def of_forms(given: str) -> str | None:
    """Return a message of WTForms if it is changed or translated; otherwise None."""
    found = changed(BY_ENGLISH.get(PERCENT.sub(r"{\1}", given), ""))
    if found is None or not PERCENT.search(given):
        return found
    names = {name: f"%({name})s" for name in placeholders(found)}
    return found.replace("%", "%%").format(**names)


def init_app(app: Flask) -> None:
    app.cli.add_command(list_texts)


@click.command("texts")
def list_texts() -> None:
    """List the texts that TEXTS in config.py can change, each with its id."""
    for name, given in sorted(ALL.items()):
        click.echo(f"{name}\t{given}")
