"""Faults in the data of form fields, and in the access rules of views."""

from __future__ import annotations

FILE = "app/core/forms.py"
TESTS = "tests/maintained/core/test_forms.py"

# file, what is there, what takes its place, the tests that must fail
FAULTS = {
    "text with NUL is valid": (
        FILE,
        "    if has_nul and",
        "    if given == 0 and",
        TESTS,
    ),
    "a list of texts may have NUL": (
        FILE,
        "(wtforms.StringField, wtforms.FieldList)):\n                name",
        "wtforms.StringField):\n                name",
        TESTS,
    ),
    "NUL in a query reaches the view": (
        "app/core/bodies.py",
        'if b"%00" in',
        'if b"%00%00%00" in',
        "tests/maintained/core/test_answers.py",
    ),
    "NUL in a path reaches the view": (
        "app/core/bodies.py",
        'if "\\0" in request.path:',
        'if "\\0" in "":',
        "tests/maintained/core/test_answers.py",
    ),
    "a file reaches a text field": (
        FILE,
        "        if not isinstance(item, FileStorage) or name",
        "        if True or name",
        TESTS,
    ),
    "no field within a field gets a file": (
        FILE,
        " or name.startswith(groups)\n",
        "\n",
        TESTS,
    ),
    "each field within a field gets files": (
        FILE,
        "    kind = field.unbound_field.field_class\n",
        "    return True\n    kind = field.unbound_field.field_class\n",
        TESTS,
    ),
    "a JSON value of any type is text": (
        FILE,
        "            items = [content] if isinstance(content, str) else []\n",
        "            items = [str(content)]\n",
        TESTS,
    ),
    "a JSON array is a form": (
        FILE,
        "json_values(form, sent) if isinstance(sent, dict) else ()",
        "json_values(form, sent)",
        TESTS,
    ),
    "every form reads JSON": (
        FILE,
        "request.get_json() if form.accepts_json else None",
        "request.get_json()",
        TESTS,
    ),
    "what the view gives is not read": (
        FILE,
        'if formdata is not None and not hasattr(formdata, "getlist"):',
        "if True:",
        TESTS,
    ),
    "a field that was not sent has a value": (
        FILE,
        "    if field.data is None:\n",
        "    if False:\n",
        TESTS,
    ),
    "a JSON boolean is not spelled as in HTML forms": (
        FILE,
        "item if isinstance(item, str) else str(item).lower()",
        "item if isinstance(item, str) else str(item).upper()",
        TESTS,
    ),
    "a POST needs no token": (
        FILE,
        "if request.method in methods and",
        "if request.method in () and",
        "tests/maintained/known_issues/test_csrf_cache.py",
    ),
    "a view for people who are logged in is for everyone": (
        "app/accounts/access.py",
        "flask_login.login_required(view)",
        "view",
        "tests/maintained/accounts/test_access.py",
    ),
    "a view for a new log-in is for an old one": (
        "app/accounts/access.py",
        "flask_login.fresh_login_required(view)",
        "flask_login.login_required(view)",
        "tests/maintained/accounts/test_access.py",
    ),
}
