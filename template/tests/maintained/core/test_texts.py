"""Texts that people read: changed by TEXTS, and translated at each request."""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask import render_template_string
from flask import request
from flask.testing import FlaskClient
from jinja2 import DictLoader
from werkzeug.exceptions import NotFound
from wtforms import IntegerField
from wtforms import StringField
from wtforms.validators import DataRequired
from wtforms.validators import Length
from wtforms.validators import NumberRange

from app.core import english
from app.core import texts
from app.core.errors import words_of
from app.core.forms import Form
from app.core.rules import SettingsError
from app.core.texts import from_english
from app.core.texts import lazy
from app.core.texts import text
from tests.support.applications import MakeApp

ROOT = Path(__file__).parents[3]
TABLES = sorted(ROOT.glob("app/*/*english.py"))
# The folders with a table: the maintained ones.
MODULES = sorted({*chain(*(table.parent.glob("*.py") for table in TABLES))})
MAINTAINED = [path for path in MODULES if path not in TABLES]
POSITION = "pagination.position"
NUL = "/?page=%00"

GERMAN = {
    "bodies.nul": "Die Adresse hat ein NUL-Zeichen (%00).",
    "csrf.missing": "Das CSRF-Token fehlt.",
    "forms.required": "Dieses Feld ist nötig.",
    "forms.shorter_one": "100% sicher: ab {min} Zeichen.",
    "forms.between": "Von {min} bis {max}.",
    "http.404.title": "Nicht gefunden",
    "http.404.detail": "Diese Adresse gibt es nicht.",
    "http.500.title": "Fehler",
    "pages.language": "de",
    POSITION: "Seite {number} von {total}",
}


def translate(given: str, name: str) -> str:
    """Return German for a browser that asks for it."""
    is_german = request.accept_languages.best_match(["en", "de"]) == "de"
    return GERMAN.get(name, given) if is_german else given


class SampleForm(Form):
    """A form with messages of WTForms."""

    name = StringField("Name", [DataRequired()])
    code = StringField("Code", [Length(min=1)])
    number = IntegerField("Number", [NumberRange(1, 5)])


@pytest.fixture
def speaking(make_app: MakeApp) -> Flask:
    """An application with an English and a German face."""
    app = make_app(PROPAGATE_EXCEPTIONS=False)
    app.extensions["translate"] = translate
    return app


@pytest.fixture
def visitor(speaking: Flask) -> FlaskClient:
    return speaking.test_client()


DE = {"Accept-Language": "de"}
EN = {"Accept-Language": "en"}


def calls(path: Path) -> Iterator[ast.Call]:
    """Yield the calls of text() and lazy() with a literal id."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "app.core.texts"
        for alias in node.names
    }
    names = {"texts.text", "texts.lazy"} | (imported & {"text", "lazy"})
    for node in ast.walk(tree):
        match node:
            case ast.Call(args=[ast.Constant(), *_], func=called):
                if ast.unparse(called) in names:
                    yield node


def constants(path: Path) -> set[object]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}


def own_texts(table: Path) -> set[str]:
    """Return the ids of a table, without those of libraries, whose tables are OF_."""
    module = table.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    own: dict[str, str] = vars(import_module(module))["TEXTS"]
    return set(own)


@pytest.mark.parametrize("path", MAINTAINED, ids=lambda path: path.stem)
def test_every_text_that_is_used_exists_and_gets_its_values(path: Path) -> None:
    for call in calls(path):
        name = ast.literal_eval(call.args[0])
        values = {each.arg for each in call.keywords}

        assert name in texts.ALL
        assert values == texts.placeholders(texts.ALL[name]), name


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.parent.stem)
def test_every_text_is_used_and_known_at_start(table: Path) -> None:
    used = {value for path in MAINTAINED for value in constants(path)}

    assert own_texts(table) - used == set()
    assert own_texts(table) <= texts.ALL.keys()


def test_no_text_has_two_ids() -> None:
    assert sorted(texts.BY_ENGLISH.values()) == sorted(texts.ALL)


def test_a_text_is_english_by_default(app: Flask) -> None:
    assert text(POSITION, number=2, total=7) == "Page 2 of 7"


def test_a_text_is_there_without_an_application() -> None:
    assert text(POSITION, number=2, total=7) == "Page 2 of 7"


def test_a_line_of_the_settings_changes_a_text(make_app: MakeApp) -> None:
    app = make_app(TEXTS={POSITION: "{number}/{total}", "bodies.nul": "No {{NUL}}."})

    with app.app_context():
        assert text(POSITION, number=2, total=7) == "2/7"
    answer = app.test_client().get(f"/api/health{NUL[1:]}")
    assert answer.get_json()["detail"] == "No {NUL}."


def test_a_variable_changes_a_text() -> None:
    (setting,) = texts.SETTINGS

    assert setting.from_text(f'{{"{POSITION}": "{{number}}"}}') == {
        POSITION: "{number}"
    }


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"pagination.positon": "x"}, "did you mean 'pagination.position'?"),
        ({"unheard": "x"}, "TEXTS must have known ids, not 'unheard': flask texts"),
        ({POSITION: "{page}"}, "must not have {page}; known: {number}, {total}"),
        ({"bodies.nul": "{page}"}, "must not have {page}; known: none"),
        ({POSITION: "{number"}, "TEXTS has a wrong text for 'pagination.position'"),
        ({POSITION: "{}"}, "it must have names in braces"),
        ({POSITION: "{number.real}"}, "it must have names in braces"),
        ({POSITION: "{number:>9999999}"}, "it must have names in braces"),
        ({POSITION: ""}, "it must be text"),
        ({POSITION: 1}, "it must be text"),
        (["x"], "TEXTS must be a dictionary of ids and texts"),
    ],
    ids=str,
)
def test_a_wrong_text_ends_the_start(
    given: object, words: str, make_app: MakeApp
) -> None:
    with pytest.raises(SettingsError) as refused:
        make_app(TEXTS=given)

    assert words in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_each_wrong_text_has_a_line(make_app: MakeApp) -> None:
    with pytest.raises(SettingsError) as refused:
        make_app(TEXTS={POSITION: "{page}", "unheard": "x"})

    assert len(str(refused.value).splitlines()) == 2


def test_a_text_is_translated_at_each_request(visitor: FlaskClient) -> None:
    address = f"/api/health{NUL[1:]}"
    details = [
        visitor.get(address, headers=headers).get_json()["detail"]
        for headers in (EN, DE, EN)
    ]

    assert details[0] == details[2] == english.TEXTS["bodies.nul"]
    assert details[1] == GERMAN["bodies.nul"]


def test_a_translation_gets_the_text_of_the_settings(speaking: Flask) -> None:
    speaking.config["TEXTS"] = {POSITION: "{number}"}
    speaking.extensions["translate"] = lambda given, name: f"{name}: {given}"

    with speaking.app_context():
        assert text(POSITION, number=1, total=1) == f"{POSITION}: 1"


@pytest.mark.parametrize(
    "faulty",
    [
        lambda given, name: {}[name],
        lambda given, name: "{nothing}",
        lambda given, name: "{number!r}",
        lambda given, name: "{",
        lambda given, name: "",
        lambda given, name: None,
        lambda given: given,
    ],
    ids=["raises", "unknown", "conversion", "broken", "empty", "none", "signature"],
)
def test_a_wrong_translation_shows_english_and_is_logged_once(
    faulty: Any, speaking: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    speaking.extensions["translate"] = faulty

    with speaking.app_context(), caplog.at_level(logging.WARNING):
        shown = [text(POSITION, number=2, total=7) for _ in range(3)]

    assert shown == ["Page 2 of 7"] * 3
    assert [record.message for record in caplog.records] == [
        "A text is not translated."
    ]


def test_a_value_with_braces_is_shown_as_it_is() -> None:
    assert text(POSITION, number="{total}", total=7) == "Page {total} of 7"


def test_a_lazy_text_is_chosen_when_it_is_shown(speaking: Flask) -> None:
    late = lazy(POSITION, number=1, total="<2>")

    assert late == "Page 1 of <2>"
    with speaking.test_request_context(headers=DE):
        assert str(late) == f"{late}" == "Seite 1 von <2>"
        page = render_template_string("{{ late }}", late=late)
        assert page == "Seite 1 von &lt;2&gt;"
        assert from_english(late) == "Seite 1 von <2>"


def test_a_lazy_text_may_be_the_message_of_a_validator(speaking: Flask) -> None:
    class LazyForm(Form):
        name = StringField("Name", [Length(min=2, message=lazy("bodies.nul"))])

    speaking.config["TEXTS"] = {"bodies.nul": "From %(min)d."}
    del speaking.extensions["translate"]
    with speaking.test_request_context(method="POST", data={"name": "a"}):
        form = LazyForm()
        form.validate()
        assert form.errors == {"name": ["From 2."]}


def test_unknown_english_stays_unless_a_general_text_is_translated(
    speaking: Flask,
) -> None:
    with speaking.test_request_context(headers=EN):
        assert from_english("Other words.", "bodies.nul") == "Other words."
    with speaking.test_request_context(headers=DE):
        assert from_english("Other words.") == "Other words."
        assert from_english("Other words.", "bodies.nul") == GERMAN["bodies.nul"]


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        (EN, ["This field is required.", "Field must be at least 1 character long."]),
        (DE, ["Dieses Feld ist nötig.", "100% sicher: ab 1 Zeichen."]),
    ],
    ids=["english", "german"],
)
def test_messages_of_forms_are_texts(
    headers: dict[str, str], words: list[str], speaking: Flask
) -> None:
    data = {"name": "", "code": "", "number": "9"}
    with speaking.test_request_context(method="POST", headers=headers, data=data):
        form = SampleForm()
        form.validate()
        shown = [form.name.errors[0], form.code.errors[0]]
        number = form.number.errors[0]

    assert shown == words
    assert number == (
        "Von 1 bis 5." if headers is DE else "Number must be between 1 and 5."
    )


class Libraries:
    """Translations that another library brings."""

    def gettext(self, given: str) -> str:
        return f"<{given}>"

    def ngettext(self, one: str, many: str, number: int) -> str:
        return f"<{number}>"


def test_other_messages_of_forms_are_translated_as_wtforms_does(
    speaking: Flask,
) -> None:
    words = texts.FormTexts(Libraries())

    with speaking.test_request_context(headers=DE):
        assert words.gettext("Invalid URL.") == "<Invalid URL.>"
        assert words.ngettext("One.", "Many.", 3) == "<3>"
        assert words.gettext("This field is required.") == GERMAN["forms.required"]


def test_the_reason_of_a_refused_form_is_a_text(make_app: MakeApp) -> None:
    app = make_app(WTF_CSRF_ENABLED=True)
    app.extensions["translate"] = translate
    app.add_url_rule("/api/sent", view_func=str, methods=["POST"])

    answer = app.test_client().post("/api/sent", headers=DE)

    assert answer.get_json()["detail"] == GERMAN["csrf.missing"]


def test_a_status_has_its_words_in_each_language(visitor: FlaskClient) -> None:
    for headers, name in ((EN, "Not Found"), (DE, GERMAN["http.404.title"])):
        problem = visitor.get("/api/nothing", headers=headers).get_json()
        assert problem["title"] == name
    assert problem["detail"] == GERMAN["http.404.detail"]


def test_a_view_may_say_more_of_an_error(speaking: Flask) -> None:
    with speaking.test_request_context(headers=DE):
        assert words_of(NotFound("Mine.")) == (GERMAN["http.404.title"], "Mine.")


def test_the_page_of_an_error_gets_its_words(speaking: Flask) -> None:
    pages = {"error.html": "{{ title }}: {{ detail }}"}
    speaking.jinja_env.loader = DictLoader(pages)

    page = speaking.test_client().get("/lost", headers=DE).get_data(as_text=True)

    assert page == f"{GERMAN['http.404.title']}: {GERMAN['http.404.detail']}"


def test_the_words_of_an_own_error_stay(speaking: Flask) -> None:
    words = {"name": "Lost", "description": "It is lost."}
    lost = type("LostError", (NotFound,), words)

    with speaking.test_request_context(headers=DE):
        assert words_of(lost()) == ("Lost", "It is lost.")


def test_a_status_of_another_version_of_werkzeug_is_translated(
    speaking: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NotFound, "description", "It was not found.")

    with speaking.test_request_context(headers=DE):
        assert words_of(NotFound())[1] == GERMAN["http.404.detail"]
    with speaking.test_request_context(headers=EN):
        assert words_of(NotFound())[1] == "It was not found."


def test_a_bare_page_is_in_the_language_of_its_request(speaking: Flask) -> None:
    speaking.jinja_env.loader = DictLoader({})

    page = speaking.test_client().get("/lost", headers=DE).get_data(as_text=True)

    assert '<html lang="de">' in page
    assert "<h1>Nicht gefunden</h1>" in page
    assert "<p>Diese Adresse gibt es nicht.</p>" in page


def test_texts_of_the_settings_are_there_outside_of_flask(make_app: MakeApp) -> None:
    app = make_app(TEXTS={POSITION: "{number}"})
    app.extensions["translate"] = lambda given, _: request.path + given

    with texts.texts_of(app):
        assert text(POSITION, number=1, total=2) == "1"
    assert text(POSITION, number=1, total=2) == "Page 1 of 2"


def test_a_command_lists_all_texts(speaking: Flask) -> None:
    listed = speaking.test_cli_runner().invoke(args=["texts"]).output.splitlines()

    assert f"{POSITION}\t{english.TEXTS[POSITION]}" in listed
    assert len(listed) == len(texts.ALL)
