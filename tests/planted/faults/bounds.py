"""Faults in the bounds on bodies and answers, and in the JSON that goes out."""

from __future__ import annotations

BODIES = "app/core/bodies.py"
FORMS = "app/core/csrf.py"
JSON = "app/core/bodies.py"
SCHEMA = "app/api/requests.py"
OF_BODIES = "tests/maintained/core/test_bodies.py"
OF_FORMS = "tests/maintained/known_issues/test_csrf_cache.py"
OF_JSON = "tests/maintained/core/test_json.py"
# Of the owner, with the API's resource.
OWN = "tests/test_api.py"
OF_SCHEMA = "tests/maintained/api/test_requests.py"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "fields": (BODIES, "fields > most", "False", OF_BODIES),
    "bytes": (BODIES, "size > largest", "False", OF_BODIES),
    "percent": (BODIES, ' - 2 * body.count(b"%")', "", OF_BODIES),
    "no limit of fields": (BODIES, "most is not None and ", "", OF_BODIES),
    "get_json": (BODIES, "return given if own else STRICT", "return given", OF_JSON),
    "owner's provider reads": (BODIES, "given if own else STRICT", "STRICT", OF_JSON),
    "owner's provider": (
        JSON,
        "type(app.json) is DefaultJSONProvider",
        "True",
        OF_JSON,
    ),
    "shown fields": (FORMS, " or len(shown) == MAX_SHOWN_FIELDS", "", OF_FORMS),
    "shown value": (FORMS, "value[:left]", "value", OF_FORMS),
    "shown name": (FORMS, "left -= len(name) + len(value)", "left -= 0", OF_FORMS),
    "says more": (FORMS, "return shown, left < 0", "return shown, False", OF_FORMS),
    "NaN": (JSON, 'kwargs.setdefault("allow_nan", False)', "pass", OF_JSON),
    "no zone": (JSON, "value.replace(tzinfo=UTC)", "value", OF_JSON),
    "HTTP date": (JSON, "isinstance(value, date)", "False", OF_JSON),
    "too large": (JSON, "math.isinf(number)", "False", OF_JSON),
    "schema: NaN": (SCHEMA, "allow_inf_nan=False", "allow_inf_nan=True", OF_SCHEMA),
    "schema: values": (SCHEMA, "errors=True", "errors=False", OF_SCHEMA),
    "schema: long": (SCHEMA, "place: shortened(", "place: str(", OF_SCHEMA),
    "schema: many": (SCHEMA, "faults[:MAX_ERRORS]", "faults", OF_SCHEMA),
    "schema: fields": (SCHEMA, 'extra="forbid"', 'extra="ignore"', OF_SCHEMA),
    "schema: type": (SCHEMA, "if not request.is_json:", "if False:", OF_SCHEMA),
    "schema: strict": (SCHEMA, "strict=True", "strict=False", OF_SCHEMA),
    "schema: no JSON": (SCHEMA, '== "json_invalid"', '== "none"', OF_SCHEMA),
    "schema: pointer": (SCHEMA, '.replace("/", "~1")', "", OF_SCHEMA),
    "schema: query": (SCHEMA, 'refuse(error, "parameter")', "refuse(error)", OF_SCHEMA),
    "API: token": (
        "app/api/authentication.py",
        "        csrf.protect()",
        "        pass",
        OWN,
    ),
    "API: visitor": (
        "app/api/authentication.py",
        "if not current_user.is_authenticated:",
        "if False:",
        OWN,
    ),
}
