"""A script for a project: how its catalogue differs from the texts of libraries.

The catalogue repeats the messages of WTForms, Flask-WTF and email-validator, and
Werkzeug's words for the statuses, so that they can be changed and translated.
"""

from __future__ import annotations

SCRIPT = r"""
import ast
from pathlib import Path

import email_validator
import flask_wtf
import wtforms
from werkzeug.exceptions import default_exceptions

from app.accounts import english as of_accounts
from app.core import english
from app.core.texts import PERCENT

# Of a mistake in the code of a form.
LEFT_OUT = {"Choices cannot be None.", "Invalid field name '%s'."}
SHOWN = {"gettext", "ngettext", "ValidationError", "_error_response"}


def modules(package, *patterns):
    folder = Path(package.__file__).parent
    return [path for pattern in patterns for path in folder.glob(pattern)]


def said(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            for given in node.args if name in SHOWN else ():
                if isinstance(given, ast.Constant) and isinstance(given.value, str):
                    yield PERCENT.sub(r"{\1}", given.value)


files = modules(wtforms, "*.py", "fields/*.py") + modules(flask_wtf, "*.py")
of_forms = {text for path in files for text in said(path)} - LEFT_OUT
known = {*english.OF_FORMS.values(), *english.OF_CSRF.values()}
source = "".join(path.read_text() for path in modules(email_validator, "*.py"))
statuses = {
    f"http.{code}.{part}": words
    for code, kind in default_exceptions.items()
    for part, words in (("title", kind().name), ("detail", kind.description))
}

found = of_forms ^ known
found |= {text for text in of_accounts.OF_ADDRESSES.values() if text not in source}
found |= statuses.items() ^ english.OF_STATUSES.items()
print(*sorted(map(str, found)), sep="\n", end="")
"""
