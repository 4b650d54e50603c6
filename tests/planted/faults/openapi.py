"""Faults in the document of the API, in its page, and in who may read it."""

from __future__ import annotations

DOCUMENT = "app/core/openapi.py"
PARAMETERS = "app/core/openapi_parameters.py"
RESPONSES = "app/core/openapi_responses.py"
SCHEMAS = "app/core/openapi_schemas.py"
DOCS = "app/core/api_docs.py"
EXAMPLES = "app/core/api_examples.py"
ACCOUNTS = "app/accounts/api_document.py"
TESTS = "tests/maintained/api/test_openapi.py"
READERS = "tests/maintained/accounts/test_api_document.py"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "a route of another version is in the document": (
        DOCUMENT,
        "rule.rule.startswith(prefix)",
        "rule.rule",
        TESTS,
    ),
    "a query may hold null": (
        PARAMETERS,
        'if part != {"type": "null"}]',
        "]",
        TESTS,
    ),
    "a merge patch needs every field": (
        SCHEMAS,
        'made.pop("required", [])',
        'made.get("required", [])',
        TESTS,
    ),
    "an answer can get no field": (
        SCHEMAS,
        'if self.mode == "serialization":',
        "if not self.mode:",
        TESTS,
    ),
    "a body brings no errors": (
        RESPONSES,
        "found |= {413, 415, 422}",
        "found |= set()",
        TESTS,
    ),
    "the limits of a variable are lost": (
        PARAMETERS,
        '"maximum": converter.max}',
        '"maximum": None}',
        TESTS,
    ),
    "a document that is off is shown": (
        DOCS,
        'config["API_DOCS"] == "off"',
        'config["API_DOCS"] == ""',
        TESTS,
    ),
    "a document forgets the path of the site": (
        DOCS,
        'f"{request.root_path}/api',
        'f"/api',
        TESTS,
    ),
    "a text of a schema is HTML": (DOCS, "str(escape(text))", "str(text)", TESTS),
    "a schema that holds itself does not end": (
        EXAMPLES,
        " if depth < MAX_DEPTH else {}",
        "",
        TESTS,
    ),
    "a body is not quoted for the shell": (
        EXAMPLES,
        "f\"-d {shlex.quote(json.dumps(request['body'], ensure_ascii=False))}\"",
        '"-d \'" + json.dumps(request["body"]) + "\'"',
        TESTS,
    ),
    "a variable of a path is not described": (
        PARAMETERS,
        '"description": variable(name)',
        '"description": ""',
        TESTS,
    ),
    "a view cannot say what its answer is": (
        RESPONSES,
        "operation.answer or success_text(operation)",
        "success_text(operation)",
        TESTS,
    ),
    "a type of problem is a name only": (
        RESPONSES,
        "- `{kind.name}`: {kind.meaning}",
        "- `{kind.name}`",
        TESTS,
    ),
    "each operation repeats the types of problems": (
        DOCS,
        '.partition("\\n\\n")[0]',
        "",
        TESTS,
    ),
    "a request to copy changes nothing": (
        EXAMPLES,
        "or list(fields)[:1]",
        "or []",
        TESTS,
    ),
    "a visitor reads a document for accounts": (
        ACCOUNTS,
        '!= "accounts" or current_user',
        '!= "never" or current_user',
        READERS,
    ),
    "a session needs no token": (
        ACCOUNTS,
        '{"session": [], "csrf": []}',
        '{"session": []}',
        READERS,
    ),
}
