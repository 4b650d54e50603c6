"""The schemas in the document of the API: those of pydantic, and that of an error.

Maintained by copier-flask.
"""

from __future__ import annotations

from typing import Any
from typing import cast
from typing import Literal

from pydantic import BaseModel
from pydantic import Field
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic.json_schema import JsonSchemaValue

from app.core.operations import Operation

Schema = dict[str, Any]
Mode = Literal["validation", "serialization"]
SchemasByType = dict[tuple[Any, str], Schema]
REFERENCE = "#/components/schemas/{model}"
PATCH_TYPE = "application/merge-patch+json"


class InvalidField(BaseModel):
    """One wrong field of a request: its `pointer` in the body, or its `parameter`."""

    detail: str = Field(description="What is wrong, as a sentence.")
    pointer: str = Field("", description="A JSON pointer into the body (RFC 6901).")
    parameter: str = Field("", description="The name of a parameter of the query.")


class Problem(BaseModel):
    """An error, as RFC 9457 describes it."""

    type: str = Field(description="The address of the problem type, or about:blank.")
    title: str = Field(description="What the type of the problem is called.")
    status: int = Field(description="The status of the answer.")
    detail: str | None = Field(description="What is wrong in this request.")
    request_id: str = Field(description="The id of the request in the log.")
    errors: list[InvalidField] = Field([], description="The wrong fields, if any.")


class Schemas(GenerateJsonSchema):
    """Pydantic's JSON schemas, without what a document does not need."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Return False: a title would only repeat the name of the field."""
        return False

    def model_schema(self, schema: Any) -> JsonSchemaValue:
        """Return the schema of a model; an answer may get more fields later."""
        made = super().model_schema(schema)
        if self.mode == "serialization":
            made.pop("additionalProperties", None)
        return made


def json_schemas(
    described: list[Operation],
) -> tuple[SchemasByType, Schema]:
    """Return the schema of each type in each direction, and the named schemas."""
    inputs: dict[tuple[Any, Mode], TypeAdapter[Any]] = {
        (Problem, "serialization"): TypeAdapter(Problem)
    }
    patches: dict[type[BaseModel], None] = {}  # a set that keeps its order
    for operation in described:
        if operation.returns is not None:
            inputs[operation.returns, "serialization"] = TypeAdapter(operation.returns)
        if operation.body and operation.body_type == PATCH_TYPE:
            patches[operation.body] = None
        elif operation.body:
            inputs[operation.body, "validation"] = TypeAdapter(operation.body)
    schemas, definitions = TypeAdapter.json_schemas(
        [(kind, mode, adapter) for (kind, mode), adapter in inputs.items()],
        ref_template=REFERENCE,
        schema_generator=Schemas,
    )
    found = cast("SchemasByType", dict(schemas))
    named = definitions.get("$defs", {})
    for body in patches:
        found[body, "patch"] = patch_schema(body, named)
    return found, named


def patch_schema(body: type[BaseModel], named: Schema) -> Schema:
    """Return the schema of a merge patch of a body, and add to the named schemas.

    Each field may be absent, and null means the default of one that has any.
    """
    made = body.model_json_schema(ref_template=REFERENCE, schema_generator=Schemas)
    named.update(made.pop("$defs", {}))
    required = made.pop("required", [])
    for name, field in made.get("properties", {}).items():
        if name not in required:
            given = {part: value for part, value in field.items() if part != "default"}
            made["properties"][name] = {"anyOf": [given, {"type": "null"}]}
    return made
