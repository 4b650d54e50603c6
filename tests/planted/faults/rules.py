"""Faults that the rules about the source find."""

from __future__ import annotations

RULES = "tests/maintained/rules"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "a form has no token": (
        "app/templates/macros/forms.html", "{{ form.hidden_tag() }}", "", RULES,
    ),
    "a key is in the source": (
        "app/main/routes.py",
        "from app.main import bp\n",
        "from app.main import bp\n\nAPI_TOKEN = \"a8f5f167f44f4964\"\n",
        RULES,
    ),
    "a rule takes no exception": (
        f"{RULES}/source_rules.py", "exception.search(one)", "0", RULES,
    ),
    "an exception needs no reason": (
        f"{RULES}/source_rules.py", "{name} - \\w", "{name}", RULES,
    ),
    "routes are not imported": (
        "app/main/__init__.py", "from app.main import routes", "import app.main", RULES,
    ),
    "a documented spelling of a token is refused": (
        f"{RULES}/source_rules.py", "hidden_tag|csrf_token|", "hidden_tag|", RULES,
    ),
    "the protection of forms is off": (
        "config.py", "WTF_CSRF_ENABLED = True", "WTF_CSRF_ENABLED = False", RULES,
    ),
    "a module is not bound": (
        "app/__init__.py", "    init_uploads(app)\n", "", f"{RULES}/test_factory.py",
    ),
    "forms are not protected": (
        "app/__init__.py", "    csrf.init_app(app)\n", "",
        f"{RULES}/test_factory.py",
    ),
    "templates are not preloaded": (
        "app/__init__.py", "    preload_templates(app)", "    #",
        f"{RULES}/test_factory.py",
    ),
}  # fmt: skip
