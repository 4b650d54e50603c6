"""Resources: five operations on the rows of a table, and what a subclass changes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from typing import Literal

import pytest
import sqlalchemy as sa
from flask import abort
from flask import Blueprint
from flask import request
from flask.testing import FlaskClient
from pydantic import Field
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.api.requests import ListQuery
from app.api.requests import Schema
from app.core.api_lists import ApiList
from app.core.api_resources import Resource
from app.extensions import db
from tests.support.applications import MakeApp

CRATES, OWNED = "/api/v7/crates", "/api/v7/owned-crates"


class OwnBase(DeclarativeBase):
    """The table of these tests, separate from the project's."""


class StoredCrate(OwnBase):
    __tablename__ = "crates_for_tests"

    id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(sa.String(50), unique=True)
    weight: Mapped[int] = mapped_column(default=0)
    owner: Mapped[str] = mapped_column(sa.String(50), default="")


class CrateIn(Schema):
    label: str = Field(min_length=1, max_length=50)
    weight: int = Field(0, ge=0, le=100)


class CrateOut(CrateIn):
    id: int


class CrateQuery(ListQuery):
    weight: int | None = None
    sort: Literal["id", "-id", "weight", "-weight"] = "id"


class Crates(Resource):
    model, query = StoredCrate, CrateQuery
    returns, takes = CrateOut, CrateIn
    search = (StoredCrate.label,)


def caller() -> str:
    return request.headers.get("X-Caller", "")


def callers_only(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs) if caller() else abort(403)

    return checked


class OwnedCrates(Crates):
    changes = (callers_only,)
    methods = ("GET", "POST", "DELETE")

    def rows(self) -> sa.Select[Any]:
        return sa.select(StoredCrate).where(StoredCrate.owner == caller())

    def new(self, given: Any) -> StoredCrate:
        return StoredCrate(owner=caller(), **given.model_dump())


@pytest.fixture
def client(make_app: MakeApp) -> FlaskClient:
    app = make_app()
    bp, owned = Blueprint("crates", __name__), Blueprint("owned", __name__)
    Crates().add_to(bp, "/crates")
    OwnedCrates().add_to(owned, "/owned-crates")
    app.register_blueprint(bp, url_prefix="/api/v7")
    app.register_blueprint(owned, url_prefix="/api/v7")
    with app.app_context():
        OwnBase.metadata.create_all(db.engine)
    return app.test_client()


def labels(client: FlaskClient, address: str, **headers: str) -> list[str]:
    return [row["label"] for row in client.get(address, headers=headers).get_json()]


def test_a_row_is_created_read_changed_and_deleted(client: FlaskClient) -> None:
    made = client.post(CRATES, json={"label": "Tea"})
    assert made.status_code == 201
    assert made.get_json() == {"id": 1, "label": "Tea", "weight": 0}
    place = made.location
    assert place == f"{CRATES}/1"
    assert client.get(place).headers["ETag"] == made.headers["ETag"]

    changed = client.patch(place, json={"weight": 3})
    assert changed.get_json() == {"id": 1, "label": "Tea", "weight": 3}
    assert client.get(place).headers["ETag"] == changed.headers["ETag"]
    assert client.delete(place).status_code == 204
    for method in ("GET", "PATCH", "DELETE"):
        assert client.open(place, method=method, json={}).status_code == 404


def test_a_change_of_what_someone_else_has_changed_is_refused(
    client: FlaskClient,
) -> None:
    made = client.post(CRATES, json={"label": "Tea"})
    read = {"If-Match": made.headers["ETag"]}
    assert client.patch(
        made.location, json={"weight": 1}, headers=read
    ).status_code == (200)

    late = client.patch(made.location, json={"weight": 2}, headers=read)
    assert late.status_code == 412
    assert client.delete(made.location, headers=read).status_code == 412
    assert client.get(made.location).get_json()["weight"] == 1


def test_the_list_is_narrowed_and_sorted_by_what_the_query_has(
    client: FlaskClient,
) -> None:
    for label, weight in (("Tea", 2), ("Rice", 1), ("Green tea", 1)):
        client.post(CRATES, json={"label": label, "weight": weight})

    assert labels(client, f"{CRATES}?sort=-weight") == ["Tea", "Green tea", "Rice"]
    assert labels(client, f"{CRATES}?weight=1&q=tea") == ["Green tea"]
    first = client.get(f"{CRATES}?sort=weight&limit=2")
    following = first.headers["Link"].partition(">")[0].lstrip("<")
    assert labels(client, following) == ["Tea"]
    assert client.get(f"{CRATES}?sort=owner").status_code == 422
    assert client.get(f"{CRATES}?owner=me").status_code == 422


def test_a_row_that_the_database_refuses_is_a_conflict(client: FlaskClient) -> None:
    client.post(CRATES, json={"label": "Tea"})
    other = client.post(CRATES, json={"label": "Rice"}).location

    again = client.post(CRATES, json={"label": "Tea"})
    assert (again.status_code, again.get_json()["title"]) == (409, "Conflict")
    assert client.patch(other, json={"label": "Tea"}).status_code == 409
    assert labels(client, CRATES) == ["Tea", "Rice"]


def test_rows_of_others_are_not_there(client: FlaskClient) -> None:
    ada, bob = {"X-Caller": "ada"}, {"X-Caller": "bob"}
    place = client.post(OWNED, json={"label": "Tea"}, headers=ada).location

    assert labels(client, OWNED, **ada) == ["Tea"]
    assert labels(client, OWNED, **bob) == []
    assert client.get(place, headers=bob).status_code == 404
    assert client.delete(place, headers=bob).status_code == 404
    assert client.delete(place, headers=ada).status_code == 204


def test_decorators_of_changes_come_first(client: FlaskClient) -> None:
    assert client.post(OWNED, json={}).status_code == 403
    assert client.delete(f"{OWNED}/1").status_code == 403
    assert client.get(f"{OWNED}/1").status_code == 404
    assert client.patch(f"{OWNED}/1", json={}).status_code == 405


def test_the_operations_are_in_the_document(client: FlaskClient) -> None:
    found = client.get("/api/v7/openapi.json").get_json()["paths"]
    one = found["/crates/{stored_crate_id}"]

    assert found["/crates"]["get"]["operationId"] == "list_crates"
    assert found["/crates"]["post"]["summary"] == "Create a new stored crate"
    assert one["patch"]["operationId"] == "change_stored_crate"
    assert set(found["/owned-crates/{stored_crate_id}"]) == {"get", "delete"}
    assert "403" in found["/owned-crates"]["post"]["responses"]
    taken = [part["name"] for part in found["/crates"]["post"]["parameters"]]
    assert taken == ["Idempotency-Key"]


def test_a_filter_may_mean_more_than_a_column(client: FlaskClient) -> None:
    def heavier(weight: int) -> sa.ColumnElement[bool]:
        return StoredCrate.weight >= weight

    made = ApiList.of(StoredCrate, CrateQuery, filters={"weight": heavier})

    assert made.filters["weight"] is heavier
    assert set(made.sorts) == {"id", "weight"}
