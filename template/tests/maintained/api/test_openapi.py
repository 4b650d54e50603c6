"""The document of the API and its page, for routes of these tests only."""

from __future__ import annotations

import ast
import shlex
from enum import Enum
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from jinja2 import DictLoader
from pydantic import Field

from app.api.requests import Schema
from app.core import api_examples
from app.core import problems
from app.core.operations import LOCATION
from app.core.operations import operation
from tests.support.applications import MakeApp

DOCUMENT = "/api/v7/openapi.json"
PAGE = "/api/v7/docs"


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Search(Schema):
    words: str = Field(description="What to look for.", max_length=20)
    colour: Colour = Field(Colour.RED, description="Its `colour` <i>.")
    limit: int = Field(50, ge=1, le=100)
    heavy: bool | None = None


class BoxIn(Schema):
    name: str = Field(min_length=1, max_length=100, examples=["It's <b>big</b>"])
    note: str | None = None
    lengths: list[int] = []


class BoxOut(Schema):
    id: int
    name: str


@operation(returns=list[BoxOut], query=Search, secured=False)
def find() -> ResponseReturnValue:
    """Boxes, by name: all that fit.

    The second paragraph
    has two lines.
    """
    return []


@operation(
    returns=BoxOut, status=201, body=BoxIn, headers=LOCATION, problems=(409, 418)
)
def make() -> ResponseReturnValue:
    """Make a box."""
    return {}


@operation(
    status=204,
    body=BoxIn,
    body_type="application/merge-patch+json",
    takes={"If-Match": "The `ETag` that was read.", "Idempotency-Key": "Its key."},
    deprecated=True,
)
def change(box_id: int) -> ResponseReturnValue:
    """Change or remove a box."""
    return ""


@operation(returns=BoxOut, takes={"If-None-Match": "Its `ETag`."}, secured=False)
def look(**_: object) -> ResponseReturnValue:
    """Look at it."""
    return ""


@operation(returns=BoxOut, answer="How full it is.")
def pour() -> ResponseReturnValue:
    """Pour."""
    return {}


def unknown() -> ResponseReturnValue:
    """A route without a description."""
    return ""


# The page of these tests: the project may have changed its own.
TEMPLATE = """{% for sections in groups.values() %}{% for section in sections %}
<h2>{{ section.operation.operationId }}</h2>
{% for row in section.parameters + section.body %}
<p>{{ row.name }}: {{ row.kind }}. {{ with_code(row.description) }}</p>
{% endfor %}
{% for answer in section.answers %}
<p>{{ answer.status }}: {{ answer.fields | map(attribute="name") | join(", ") }}</p>
<p>{{ answer.description }}</p>
{% endfor %}
<pre>{{ section.curl }}</pre>
<pre>{{ section.python }}</pre>
{% endfor %}{% endfor %}
<p>{{ problem_fields | map(attribute="name") | join(" ") }}</p>
<a href="{{ address }}">OpenAPI</a>
"""


def add_routes(app: Flask) -> None:
    app.jinja_env.loader = DictLoader({"api/docs.html": TEMPLATE})
    box = "/api/v7/boxes/<int(max=99):box_id>"
    app.add_url_rule("/api/v7/boxes", view_func=find)
    app.add_url_rule("/api/v7/boxes", view_func=make, methods=["POST"])
    app.add_url_rule(box, view_func=change, methods=["PATCH", "DELETE"])
    app.add_url_rule("/api/v7/unknown", view_func=unknown)


@pytest.fixture
def client(make_app: MakeApp) -> FlaskClient:
    app = make_app(API_DOCS="public")
    add_routes(app)
    return app.test_client()


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get(DOCUMENT).get_json()
    return found


def test_each_described_route_is_in_the_document(document: dict[str, Any]) -> None:
    methods = {path: set(found) for path, found in document["paths"].items()}

    assert methods == {
        "/boxes": {"get", "post"},
        "/boxes/{box_id}": {"patch", "delete"},
    }
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["version"] == "7"
    assert document["servers"] == [{"url": "/api/v7"}]


def test_the_docstring_of_a_view_describes_it(document: dict[str, Any]) -> None:
    found = document["paths"]["/boxes"]["get"]

    assert found["summary"] == "Boxes, by name"
    assert found["description"].endswith("\n\nThe second paragraph has two lines.")
    assert found["operationId"] == "find"
    assert found["tags"] == ["boxes"]


def test_methods_of_one_view_have_different_names(document: dict[str, Any]) -> None:
    found = document["paths"]["/boxes/{box_id}"]

    assert found["patch"]["operationId"] == "change_patch"
    assert found["delete"]["operationId"] == "change_delete"
    assert found["patch"]["deprecated"]


def test_each_field_of_a_query_is_a_parameter(document: dict[str, Any]) -> None:
    words, colour, limit, heavy = document["paths"]["/boxes"]["get"]["parameters"]

    assert words == {
        "name": "words",
        "in": "query",
        "required": True,
        "description": "What to look for.",
        # bodies.py refuses a NUL in a query.
        "schema": {"type": "string", "maxLength": 20, "pattern": "^[^\\u0000]*$"},
    }
    assert colour["schema"]["enum"] == ["red", "blue"]
    assert "required" not in colour
    assert limit["schema"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 100,
        "default": 50,
    }
    # A query cannot hold null.
    assert heavy["schema"] == {"type": "boolean"}


@pytest.mark.parametrize(
    ("converter", "schema"),
    [
        ("int:", {"type": "integer", "minimum": 0}),
        ("int(min=3, max=7):", {"type": "integer", "minimum": 3, "maximum": 7}),
        ("int(signed=True):", {"type": "integer"}),
        ("float:", {"type": "number", "minimum": 0}),
        ("uuid:", {"type": "string", "format": "uuid"}),
        ("any(tea, coffee):", {"type": "string", "enum": ["coffee", "tea"]}),
        ("", {"type": "string", "minLength": 1}),
    ],
)
def test_a_variable_of_a_path_has_the_type_of_its_converter(
    converter: str, schema: dict[str, object], make_app: MakeApp
) -> None:
    app = make_app(API_DOCS="public")
    app.add_url_rule(f"/api/v7/cups/<{converter}cup>", view_func=look)
    document = app.test_client().get(DOCUMENT).get_json()

    parameter, _ = document["paths"]["/cups/{cup}"]["get"]["parameters"]
    assert parameter == {
        "name": "cup",
        "in": "path",
        "required": True,
        "description": "The cup.",
        "schema": schema,
    }


def test_a_body_refuses_other_fields_and_an_answer_may_get_more(
    document: dict[str, Any],
) -> None:
    schemas = document["components"]["schemas"]

    assert schemas["BoxIn"]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["BoxOut"]


def test_errors_follow_from_what_a_view_takes(document: dict[str, Any]) -> None:
    paths = document["paths"]

    assert set(paths["/boxes"]["get"]["responses"]) == {"200", "400", "422", "503"}
    assert {"201", "409", "413", "415", "418", "422"} <= set(
        paths["/boxes"]["post"]["responses"]
    )
    assert "404" in paths["/boxes/{box_id}"]["patch"]["responses"]


def test_each_error_is_a_problem(document: dict[str, Any]) -> None:
    for status, found in document["components"]["responses"].items():
        assert list(found["content"]) == ["application/problem+json"], status
        assert found["description"].endswith("."), status
    assert "Retry-After" in document["components"]["responses"]["503"]["headers"]
    assert "418" in document["paths"]["/boxes"]["post"]["responses"]


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + references(list(part.values()))
        parts = part if isinstance(part, list) else []
        return [found for entry in parts for found in references(entry)]

    found = references(document)
    assert found
    for reference in found:
        assert api_examples.resolved({"$ref": reference}, document), reference


def test_heads_are_described(document: dict[str, Any]) -> None:
    made = document["paths"]["/boxes"]["post"]["responses"]["201"]
    changed = document["paths"]["/boxes/{box_id}"]["patch"]

    assert set(made["headers"]) == {"Location"}
    assert [entry["name"] for entry in changed["parameters"]] == [
        "box_id",
        "If-Match",
        "Idempotency-Key",
    ]
    assert {"409", "412", "422"} <= set(changed["responses"])
    assert "content" not in changed["responses"]["204"]
    assert list(changed["requestBody"]["content"]) == ["application/merge-patch+json"]


def test_a_merge_patch_may_leave_every_field_out(document: dict[str, Any]) -> None:
    change = document["paths"]["/boxes/{box_id}"]["patch"]["requestBody"]
    schema = change["content"]["application/merge-patch+json"]["schema"]

    assert "required" not in schema
    assert schema["additionalProperties"] is False
    assert schema["properties"]["name"]["type"] == "string"
    # Null gives a field its default, if it has one.
    assert {"type": "null"} in schema["properties"]["lengths"]["anyOf"]


def test_a_view_that_takes_a_tag_may_answer_not_modified(make_app: MakeApp) -> None:
    app = make_app(API_DOCS="public")
    app.add_url_rule("/api/v7/cups", view_func=look)
    document = app.test_client().get(DOCUMENT).get_json()

    assert "content" not in document["paths"]["/cups"]["get"]["responses"]["304"]


def test_each_type_of_problem_is_described_at_its_status(
    document: dict[str, Any],
) -> None:
    responses = document["components"]["responses"]

    for kind in problems.TYPES.values():
        if found := responses.get(str(kind.status)):
            assert f"- `{kind.name}`: {kind.meaning}" in found["description"]


def test_an_answer_says_what_it_is_or_what_its_view_says(make_app: MakeApp) -> None:
    app = make_app(API_DOCS="public")
    add_routes(app)
    app.add_url_rule("/api/v7/cups", view_func=pour, methods=["POST"])
    paths = app.test_client().get(DOCUMENT).get_json()["paths"]

    def said(path: str, method: str, status: str) -> str:
        return str(paths[path][method]["responses"][status]["description"])

    assert said("/boxes", "get", "200") == "A list, which may be empty."
    assert said("/boxes", "post", "201") == "It is made. The answer says what it is."
    assert said("/boxes/{box_id}", "patch", "204").endswith("The answer is empty.")
    assert said("/cups", "post", "200") == "How full it is."


def test_a_variable_of_a_path_is_described_by_its_name(
    document: dict[str, Any],
) -> None:
    parameter = document["paths"]["/boxes/{box_id}"]["patch"]["parameters"][0]

    assert parameter["description"] == "The id of the box."


def test_a_version_without_described_routes_has_no_document(
    client: FlaskClient,
) -> None:
    assert client.get("/api/v8/openapi.json").status_code == 404
    assert client.get("/api/v8/docs").status_code == 404


def test_a_document_that_is_off_is_not_there(make_app: MakeApp) -> None:
    app = make_app(API_DOCS="off")
    add_routes(app)

    assert app.test_client().get(DOCUMENT).status_code == 404
    assert app.test_client().get(PAGE).status_code == 404


def test_a_document_below_a_path_names_its_server(client: FlaskClient) -> None:
    found = client.get(DOCUMENT, environ_overrides={"SCRIPT_NAME": "/shop"})

    assert found.get_json()["servers"] == [{"url": "/shop/api/v7"}]


def test_the_page_shows_each_operation(client: FlaskClient) -> None:
    page = client.get(PAGE).text

    for name in ("find", "make", "change_patch", "change_delete"):
        assert f"<h2>{name}</h2>" in page
    assert "colour: one of red, blue. Its <code>colour</code> &lt;i&gt;." in page
    assert "limit: integer, 1 to 100, 50 if it is left out." in page
    assert "name: string, 1 to 100 characters." in page
    assert "note: string or null." in page
    assert "lengths: list of integer." in page
    assert "200: id, name" in page
    assert "type title status detail request_id errors" in page
    # The types of problems are on the page once, and not at each operation.
    assert "<p>The body is too large.</p>" in page
    assert not any(kind.meaning in page for kind in problems.TYPES.values())


def test_texts_of_schemas_are_escaped_on_the_page(client: FlaskClient) -> None:
    page = client.get(PAGE).text

    assert "<b>big" not in page
    assert "&lt;b&gt;big" in page


def test_examples_have_the_address_of_the_site(client: FlaskClient) -> None:
    below = {"SCRIPT_NAME": "/shop"}
    page = client.get(PAGE, "https://example.com/", environ_overrides=below).text

    assert 'href="https://example.com/shop/api/v7/openapi.json"' in page
    assert "curl -X POST https://example.com/shop/api/v7/boxes" in page


def examples(document: dict[str, Any], path: str, method: str) -> dict[str, Any]:
    found = document["paths"][path][method]
    site = "https://example.com/api/v7"
    return api_examples.request_of(method, path, found, site, document)


def test_an_example_for_curl_is_one_command(document: dict[str, Any]) -> None:
    request = examples(document, "/boxes", "post")
    words = shlex.split(api_examples.curl(request).replace("\\\n", ""))

    assert words[:4] == ["curl", "-X", "POST", "https://example.com/api/v7/boxes"]
    assert words[-2:] == ["-d", '{"name": "It\'s <b>big</b>"}']


@pytest.mark.parametrize(
    ("path", "method"),
    [("/boxes", "get"), ("/boxes", "post"), ("/boxes/{box_id}", "patch")],
)
def test_an_example_for_python_is_a_program(
    path: str, method: str, document: dict[str, Any]
) -> None:
    program = api_examples.python(examples(document, path, method))

    assert ast.parse(program)
    assert f"method={method.upper()!r}" in program


def test_an_example_has_what_its_path_and_query_require(
    document: dict[str, Any],
) -> None:
    found = examples(document, "/boxes", "get")["url"]
    changed = examples(document, "/boxes/{box_id}", "patch")

    assert found == "https://example.com/api/v7/boxes?words=text"
    assert changed["url"] == "https://example.com/api/v7/boxes/1"
    assert changed["headers"]["Content-Type"] == "application/merge-patch+json"
    # It requires none, and one that changes nothing shows nothing.
    assert changed["body"] == {"lengths": [1]}


LOOP = {"$ref": "#/components/schemas/Loop"}
KNOWN = {
    "components": {
        "schemas": {
            "Loop": {
                "type": "object",
                "properties": {"next": LOOP},
                "required": ["next"],
            }
        }
    }
}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer", "minimum": 5}, 5),
        ({"type": "number"}, 1),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        ({"type": "string", "format": "uuid"}, api_examples.FORMATS["uuid"]),
        ({"type": "string", "minLength": 6}, "textxx"),
        ({"type": "string", "maxLength": 2}, "te"),
        ({"enum": ["a", "b"]}, "a"),
        ({"const": 7}, 7),
        ({"type": "string", "default": "d"}, "d"),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, True),
        ({"type": "array", "items": {"type": "boolean"}}, [True]),
    ],
)
def test_an_example_fits_its_schema(schema: dict[str, Any], value: object) -> None:
    assert api_examples.example(schema, KNOWN) == value


def test_an_example_of_a_schema_that_holds_itself_ends() -> None:
    assert "next" in api_examples.example(LOOP, KNOWN)
