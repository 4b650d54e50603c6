"""Forms: which data a field reads, and what counts as not sent."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask import request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField
from wtforms import FieldList
from wtforms import FormField
from wtforms import IntegerField
from wtforms import SelectField
from wtforms import SelectMultipleField
from wtforms import StringField
from wtforms.validators import InputRequired
from wtforms.validators import Length

from app.core.forms import FileField
from app.core.forms import Form
from app.core.forms import MultipleFileField
from app.core.forms import value

COLOURS = {"red": "Red", "blue": "Blue"}


class PlaceForm(Form):
    class Meta:
        csrf = False

    town = StringField("Town", [Length(max=9)])
    map = FileField("Map")


class ThingForm(Form):
    title = StringField("Title", [InputRequired(), Length(max=9)])
    number = IntegerField("Number")
    sold = BooleanField("Sold", default=True)
    colour = SelectField("Colour", choices=COLOURS, default="red")
    colours = SelectMultipleField("Colours", choices=COLOURS)
    picture = FileField("Picture")
    pages = MultipleFileField("Pages")
    tags = FieldList(StringField("Tag", [Length(max=9)]))
    scans = FieldList(FileField("Scan"))
    place = FormField(PlaceForm)


class TextOnlyForm(Form):
    accepts_json = False

    title = StringField("Title", [InputRequired()])


def answer(form: Form) -> ResponseReturnValue:
    if form.validate_on_submit():
        return json.dumps(form.data, default=lambda file: file.read().decode())
    return json.dumps(form.errors), 400


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of a separate application with two forms."""
    methods = {"GET", "POST", "PUT", "PATCH", "DELETE"}
    own = Flask("forms")
    own.config.update(app.config, WTF_CSRF_ENABLED=False)
    own.add_url_rule("/", "thing", lambda: answer(ThingForm()), methods=methods)
    own.add_url_rule("/text", "text", lambda: answer(TextOnlyForm()), methods=["POST"])
    return own.test_client()


def file(content: bytes = b"content") -> tuple[BytesIO, str]:
    return BytesIO(content), "name.txt"


def errors(client: FlaskClient, path: str = "/", **sent: Any) -> object:
    """Return the errors of a form, by field, for input that it must refuse."""
    response = client.post(path, **sent)
    assert response.status_code == 400
    return json.loads(response.text)


def read(client: FlaskClient, **sent: Any) -> dict[str, object]:
    """Return the values that the fields of a form have read."""
    response = client.post("/", **sent)
    assert response.status_code == 200, response.text
    fields: dict[str, object] = json.loads(response.text)
    return fields


def test_each_field_reads_its_part_of_a_form(client: FlaskClient) -> None:
    sent = {"title": "a", "number": "7", "colour": "blue", "colours": ["red", "blue"]}
    files = {"picture": file(), "pages": [file(b"1"), file(b"2")]}

    fields = read(client, data={**sent, **files})

    assert fields["title"] == "a"
    assert fields["number"] == 7
    assert fields["sold"] is False
    assert fields["colour"] == "blue"
    assert fields["colours"] == ["red", "blue"]
    assert fields["picture"] == "content"
    assert fields["pages"] == ["1", "2"]


def test_nested_fields_read_text_and_files(client: FlaskClient) -> None:
    data = {"title": "a", "colour": "red", "tags-0": "t", "place-town": "Ulm"}

    fields = read(client, data={**data, "scans-0": file(), "place-map": file(b"map")})

    assert fields["tags"] == ["t"]
    assert fields["scans"] == ["content"]
    assert fields["place"] == {"town": "Ulm", "map": "map"}


@pytest.mark.parametrize(
    ("name", "text"),
    [("title", "a\0"), ("place-town", "\0"), ("tags-0", "\0"), ("title", "a\0" * 9)],
)
def test_text_with_nul_is_an_error(client: FlaskClient, name: str, text: str) -> None:
    data = {"title": "a", "colour": "red", name: text}

    found = str(errors(client, data=data))

    # The first error of a field is enough.
    assert ("NUL character" in found) is (len(text) <= 9)


@pytest.mark.parametrize("name", ["tags-0", "place-town", "number", "sold"])
def test_a_file_for_another_field_counts_as_not_sent(
    client: FlaskClient, name: str
) -> None:
    known = {"title": "a", "colour": "red"}

    with_file = read(client, data={**known, name: file()})

    assert with_file == read(client, data=known)


def test_a_file_for_text_that_is_required_is_an_error(client: FlaskClient) -> None:
    data = {"title": file(), "colour": "red"}

    assert errors(client, data=data) == {"title": ["This field is required."]}


def test_text_for_a_file_counts_as_not_sent(client: FlaskClient) -> None:
    data = {"title": "a", "colour": "red", "picture": "text", "pages": "text"}

    fields = read(client, data=data)

    assert fields["picture"] is None
    assert fields["pages"] is None


def test_json_is_read_as_a_form_is(client: FlaskClient) -> None:
    sent = {"title": "a", "number": 7, "sold": True, "colours": ["red"]}

    fields = read(client, json={**sent, "colour": "blue"})

    assert {name: fields[name] for name in sent} == sent
    assert read(client, json={**sent, "sold": False, "colour": "red"})["sold"] is False


@pytest.mark.parametrize("title", [None, 1, True, [], ["a"], {}, {"a": "b"}, ""])
def test_json_of_another_type_is_not_text(client: FlaskClient, title: object) -> None:
    sent = {"title": title, "colour": "red"}

    assert errors(client, json=sent) == {"title": ["This field is required."]}


@pytest.mark.parametrize("number", [[[1]], {}, {"a": 1}, None, [None]])
def test_json_of_another_type_is_not_a_number(
    client: FlaskClient, number: object
) -> None:
    sent = {"title": "a", "colour": "red", "number": number}

    assert read(client, json=sent)["number"] is None


@pytest.mark.parametrize("number", ["one", 1.5, True])
def test_json_that_is_not_the_number_wanted_is_an_error(
    client: FlaskClient, number: object
) -> None:
    sent = {"title": "a", "colour": "red", "number": number}

    assert errors(client, json=sent) == {"number": ["Not a valid integer value."]}


@pytest.mark.parametrize("body", ["[]", '["title"]', "1", '"title"', "null"])
def test_json_that_is_no_object_is_an_empty_form(
    client: FlaskClient, body: str
) -> None:
    assert "title" in str(errors(client, data=body, content_type="application/json"))


def test_a_form_may_refuse_json(client: FlaskClient) -> None:
    missing = {"title": ["This field is required."]}

    assert errors(client, "/text", json={"title": "a"}) == missing
    assert client.post("/text", data={"title": "a"}).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_unsafe_methods_submit_a_form(client: FlaskClient, method: str) -> None:
    data = {"title": "a", "colour": "red"}

    assert client.open("/", method=method, data=data).status_code == 200


def test_a_form_that_is_not_sent_has_its_defaults(app: Flask) -> None:
    with app.test_request_context("/?title=b"):
        form = ThingForm()

        assert not form.validate_on_submit()
        assert form.title.data is None
        assert form.sold.data is True


def test_a_view_may_pass_the_form_data(app: Flask) -> None:
    with app.test_request_context("/?title=b", method="POST", data={"title": "a"}):
        assert ThingForm(formdata=request.args).title.data == "b"
        assert ThingForm(formdata=None).title.data is None
        given: MultiDict[str, Any] = MultiDict([("title", FileStorage(BytesIO(b"a")))])
        assert ThingForm(formdata=given).title.data is None


def test_the_value_of_a_field_is_never_none(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data={"title": "a"}):
        form = ThingForm()

        assert value(form.title) == "a"
        with pytest.raises(ValueError, match="The field number has no value"):
            value(form.number)


def test_the_choices_of_a_select_are_a_dictionary(app: Flask) -> None:
    with app.test_request_context("/"):
        field = ThingForm().colour

        assert '<option selected value="red">Red</option>' in field()
        assert [option[:2] for option in field.iter_choices()] == [*COLOURS.items()]


def test_a_form_needs_the_csrf_token_of_its_session(app: Flask) -> None:
    own = Flask("forms")
    own.config.update(app.config, WTF_CSRF_ENABLED=True)
    with own.test_request_context("/", method="POST", json={"title": "a"}):
        form = TextOnlyForm()

        assert not form.validate_on_submit()
        assert "csrf_token" in form.errors
        assert 'name="csrf_token"' in form.hidden_tag()
