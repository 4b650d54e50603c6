"""Partial changes by merge patch."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import Field
from pydantic import JsonValue

from app.api.requests import Schema
from app.core import merge_patch
from tests.support.applications import MakeApp

TYPE = "application/merge-patch+json"


class Room(Schema):
    """What a patch may change."""

    name: str = Field(min_length=1, max_length=20)
    seats: int = 4
    note: str | None = None
    labels: dict[str, str] = {}


ROOM = {"name": "Oak", "seats": 8, "note": "Cold.", "labels": {"a": "1", "b": "2"}}


def change() -> dict[str, Any]:
    return Room.from_merge_patch(Room.model_validate(ROOM)).model_dump()


@pytest.fixture
def client(make_app: MakeApp) -> FlaskClient:
    app = make_app()
    app.add_url_rule("/api/room", view_func=change, methods=["PATCH"])
    return app.test_client()


# The examples of appendix A of RFC 7396.
EXAMPLES: list[tuple[JsonValue, JsonValue, JsonValue]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("target", "patch", "result"), EXAMPLES)
def test_the_examples_of_the_rfc_hold(
    target: JsonValue, patch: JsonValue, result: JsonValue
) -> None:
    assert merge_patch.merge(target, patch) == result


@pytest.mark.parametrize(
    ("patch", "changed"),
    [
        ({}, {}),
        ({"seats": 2}, {"seats": 2}),
        ({"note": None}, {"note": None}),
        ({"seats": None}, {"seats": 4}),
        ({"labels": {"a": None, "c": "3"}}, {"labels": {"b": "2", "c": "3"}}),
    ],
    ids=["nothing", "a value", "null", "null for a default", "in an object"],
)
def test_absent_fields_stay_and_null_removes(
    client: FlaskClient, patch: dict[str, object], changed: dict[str, object]
) -> None:
    response = client.patch("/api/room", json=patch, content_type=TYPE)

    assert response.json == ROOM | changed


@pytest.mark.parametrize(
    ("patch", "wrong"),
    [
        ({"name": None}, ["#/name"]),
        ({"name": ""}, ["#/name"]),
        ({"seats": "2"}, ["#/seats"]),
        ({"seats": 2.5, "name": 3}, ["#/name", "#/seats"]),
        ({"nmae": "Elm"}, ["#/nmae"]),
        ({"nmae": None}, ["#/nmae"]),
        ({"labels": {"a": 1}}, ["#/labels/a"]),
        ([], ["#"]),
        ("Elm", ["#"]),
        (None, ["#"]),
    ],
)
def test_each_wrong_field_of_a_patch_is_named(
    client: FlaskClient, patch: object, wrong: list[str]
) -> None:
    response = client.patch("/api/room", data=json.dumps(patch), content_type=TYPE)

    assert response.status_code == 422
    assert response.json is not None
    assert [error["pointer"] for error in response.json["errors"]] == wrong


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"name": "\\ud800"}', b'{"a":' * 50_000, b"\xff", b"{'name': 1}"],
    ids=["nothing", "half", "half a pair", "deep", "no UTF-8", "quotes"],
)
def test_what_is_no_json_is_a_client_error(client: FlaskClient, body: bytes) -> None:
    response = client.patch("/api/room", data=body, content_type=TYPE)

    assert response.status_code == 400
    assert response.content_type == "application/problem+json"


def test_plain_json_is_a_patch_too(client: FlaskClient) -> None:
    assert client.patch("/api/room", json={"seats": 1}).json == ROOM | {"seats": 1}


@pytest.mark.parametrize("kind", ["text/plain", "application/json-patch+json", ""])
def test_another_content_type_is_refused_with_the_right_ones(
    client: FlaskClient, kind: str
) -> None:
    response = client.patch("/api/room", data="{}", content_type=kind)

    assert response.status_code == 415
    assert response.content_type == "application/problem+json"
    assert response.headers["Accept-Patch"] == f"{TYPE}, application/json"
