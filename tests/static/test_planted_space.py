"""Faults planted in a copy of the template: the named check finds each one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.static import file_checks
from tests.static import import_checks
from tests.static import page_checks
from tests.static import structure_checks
from tests.static import text_checks
from tests.static import tool_checks
from tests.static import word_checks
from tests.static.checks import Check
from tests.static.checks import CHECKS
from tests.static.space import flat
from tests.static.space import Space
from tests.support.facts.answers import Answers
from tests.support.facts.answers import AWKWARD
from tests.support.facts.answers import QUESTIONS
from tests.support.planting import copied_template
from tests.support.planting import Fault
from tests.support.planting import plant

ROUTES = "template/app/main/routes.py"
HEALTH = "template/app/core/health.py"
README = "template/README.md.jinja"
BASE = "template/app/templates/base.html"
PYPROJECT = "template/pyproject.toml.jinja"
WORKFLOW = "template/.github/workflows/ci.yml"
CLASSES = "template/config_classes.py.jinja"
ADDED = "\n\ndef test_added() -> None:\n"

# Answers of the combination that shows a fault.
PLAIN: Answers = {"auth": False, "api": False, "tasks": "none"}
WHOLE: Answers = {"auth": True, "api": True, "docker": True, "ci": "github"}
THREADS: Answers = {"tasks": "threads", "config_classes": True}

FAULTS: list[tuple[Check, Answers, Fault]] = [
    (
        file_checks.parsed,
        {"description": f"It's {AWKWARD}"},
        Fault("text without its quotes", PYPROJECT, "{{ toml(description) }}",
              '"{{ description }}"', "pyproject.toml is no toml"),
    ),
    (
        file_checks.parsed, THREADS,
        Fault("a bracket in one combination", CLASSES, "BACKGROUND_THREADS = 4",
              "BACKGROUND_THREADS = (4", "config.py is no py"),
    ),
    (
        file_checks.variables, PLAIN,
        Fault("a variable without its sign", "template/.flaskenv", "FLASK_APP=run",
              "FLASK_APP run", "FLASK_APP run"),
    ),
    (
        file_checks.ends_and_blanks, PLAIN,
        Fault("a line too many", ROUTES, "", "\n", "does not end with one newline"),
    ),
    (
        file_checks.ends_and_blanks, PLAIN,
        Fault("a blank at the end of a line", README, "", "uv sync \n",
              "README.md has trailing blanks"),
    ),
    (
        file_checks.left_jinja, PLAIN,
        Fault("a mark that is left", README, "", "{{ '{' ~ '% if api %' ~ '}' }}\n",
              "README.md shows {%"),
    ),
    (
        file_checks.plain_files, PLAIN,
        Fault("a plain file under the name of a filled one", "template/run.py", "",
              "mine = True\n", "run.py is plain in the template"),
    ),
    (
        file_checks.empty_folders, PLAIN,
        Fault("a folder without its file", "copier.yml", "  - /config_classes.py\n",
              "  - /config_classes.py\n  - /app/static/css/style.css\n",
              "app/static/css is empty"),
    ),
    (
        file_checks.tests_assert, PLAIN,
        Fault("a test that does nothing", "template/tests/test_main.py", "",
              f'{ADDED}    print("")\n', "test_added asserts nothing"),
    ),
    (
        file_checks.tests_assert, PLAIN,
        Fault("a test that always passes", "template/tests/test_main.py", "",
              f"{ADDED}    assert 1 + 1 == 2\n", "test_added asserts nothing"),
    ),
    (
        structure_checks.imports_upward, PLAIN,
        Fault("core imports the extensions", HEALTH, "from app.core import migrations",
              "from app.core import migrations\nfrom app.extensions import db",
              "app.core.health (core) imports app.extensions"),
    ),
    (
        structure_checks.imports_upward, WHOLE,
        Fault("passwords import the models", "template/app/accounts/passwords.py",
              "from app.accounts import hashing",
              "from app.accounts import hashing\nfrom app.models import User",
              "app.accounts.passwords (values of accounts) imports app.models"),
    ),
    (
        structure_checks.import_cycles, PLAIN,
        Fault("a cycle on one floor", "template/app/core/unavailable.py",
              "from sqlalchemy import exc",
              "from sqlalchemy import exc\n\nfrom app.core import errors",
              "a cycle of imports"),
    ),
    (
        structure_checks.functions_without_a_word, PLAIN,
        Fault("a function without a docstring", HEALTH,
              '    """Return 200 without looking at anything else."""\n', "",
              "app/core/health.py: health has no docstring"),
    ),
    (
        structure_checks.errors_without_a_word, PLAIN,
        Fault("an error that no docstring names", HEALTH, "",
              "\n\ndef fail() -> None:\n    raise KeyError\n",
              "fail raises KeyError unsaid"),
    ),
    (
        structure_checks.whose_it_is, PLAIN,
        Fault("a setting that no docstring names", HEALTH, "",
              '\n\ndef name() -> object:\n    return current_app.config["SITE_NAME"]\n',
              "reads the setting SITE_NAME, which its docstring lacks"),
    ),
    (
        structure_checks.whose_it_is, PLAIN,
        Fault("a module that does not say whose it is", HEALTH,
              "Maintained by copier-flask", "Made",
              "app/core/health.py does not say that it is maintained"),
    ),
    (
        text_checks.outside_of_the_catalogue, PLAIN,
        Fault("a refusal in English alone", "template/app/core/pagination.py",
              "        abort(404)\n    return int",
              "        abort(404, 'There is no such page.')\n    return int",
              "'There is no such page.' is outside of the catalogue"),
    ),
    (
        text_checks.outside_of_the_catalogue, WHOLE,
        Fault("an error of a form in English alone",
              "template/app/accounts/passwords.py",
              'text("passwords.short", least=min_length())',
              'f"Use at least {min_length()} characters."',
              "characters.' is outside of the catalogue"),
    ),
    (
        text_checks.outside_of_the_catalogue, WHOLE,
        Fault("a description of a 503 in English alone",
              "template/app/accounts/hashing.py", 'lazy("hashing.busy")',
              "'Too many people are here.'",
              "'Too many people are here.' is outside of the catalogue"),
    ),
    (
        structure_checks.unused_names, PLAIN,
        Fault("a function that nothing calls", HEALTH, "",
              "\n\ndef never_called() -> None:\n    pass\n",
              "nothing uses never_called"),
    ),
    (
        structure_checks.unused_modules, PLAIN,
        Fault("a module that nothing imports", "template/app/core/left.py", "",
              '"""A module."""\n', "app/core/left.py is imported by nothing"),
    ),
    (
        import_checks.unresolved, PLAIN,
        Fault("a module that is not there", ROUTES, "from app.main import bp",
              "from app.mains import bp", "imports bp of app.mains"),
    ),
    (
        import_checks.unresolved, PLAIN,
        Fault("a name that is not there", ROUTES, "from app.main import bp",
              "from app.main import bq", "imports bq of app.main"),
    ),
    (
        import_checks.unresolved, PLAIN,
        Fault("a package that is not declared", ROUTES, "from flask import",
              "import requests\nfrom flask import", "imports requests"),
    ),
    (
        import_checks.unresolved, PLAIN,
        Fault("a package of development alone", ROUTES, "from flask import",
              "import pytest\nfrom flask import", "imports pytest"),
    ),
    (
        import_checks.unresolved, PLAIN,
        Fault("an import of a piece that is not there", ROUTES, "from flask import",
              "from flask_login import current_user\nfrom flask import",
              "imports flask_login"),
    ),
    (
        import_checks.unresolved, PLAIN,
        Fault("a file without its piece", "copier.yml",
              "    /tests/maintained/accounts\n", "", "test_throttling.py imports"),
    ),
    (
        import_checks.unused, PLAIN,
        Fault("a package that nothing uses", PYPROJECT, '    "click>=8.3.3",\n',
              '    "click>=8.3.3",\n    "rich>=14.0",\n', "declares rich"),
    ),
    (
        import_checks.unused, PLAIN,
        Fault("a package without its piece", PYPROJECT, "{% if api %}", "{% if true %}",
              "declares pydantic"),
    ),
    (
        import_checks.unused, {"database": "sqlite"},
        Fault("a driver without its database", PYPROJECT,
              '{% if database == "postgresql" %}', '{% if database != "mysql" %}',
              "declares psycopg"),
    ),
    (
        page_checks.unknown_templates, PLAIN,
        Fault("a page by a wrong name", ROUTES, "main/index.html", "main/indx.html",
              "names the template main/indx.html"),
    ),
    (
        page_checks.unknown_templates, WHOLE,
        Fault("a macro by a wrong name", "template/app/templates/auth/login.html",
              "import field,", "import fields,", "imports fields of macros/forms.html"),
    ),
    (
        page_checks.unknown_endpoints, PLAIN,
        Fault("an endpoint by a wrong name", BASE, "'main.index'", "'main.start'",
              "asks for the address of main.start"),
    ),
    (
        page_checks.unknown_endpoints, PLAIN,
        Fault("an endpoint of a piece that is not there", BASE, "'main.index'",
              "'auth.login'", "asks for the address of auth.login"),
    ),
    (
        page_checks.unused_templates, PLAIN,
        Fault("a page that nothing names", "template/app/templates/orphan.html", "",
              "<p>Nobody comes here.</p>\n", "orphan.html is a page that nothing"),
    ),
    (
        word_checks.words_of_pieces, PLAIN,
        Fault("a word of a piece", ROUTES, "The start page.", "No log in is needed.",
              "says 'log in' in a project without auth"),
    ),
    (
        word_checks.words_of_pieces, PLAIN,
        Fault("a module without its piece", "copier.yml",
              "    /app/core/background.py\n", "",
              "app/core/background.py says 'background'"),
    ),
    (
        word_checks.words_of_mitigations, {"skip_mitigations": ["csrf_cache"]},
        Fault("a word of a mitigation", "template/AGENTS.md.jinja", "",
              "- See `app/core/csrf.py`.\n", "that skips csrf_cache"),
    ),
    (
        tool_checks.linted, PLAIN,
        Fault("an unformatted line", ROUTES, 'bp.get("/")', "bp.get( '/' )",
              "app/main/routes.py"),
    ),
    (
        tool_checks.linted, PLAIN,
        Fault("a name that is not used", ROUTES, "from flask import",
              "import os\nfrom flask import", "F401"),
    ),
    (
        tool_checks.linted, THREADS,
        Fault("an unformatted line in one combination", CLASSES,
              "BACKGROUND_THREADS = 4", "BACKGROUND_THREADS  = 4", "config.py"),
    ),
    (
        tool_checks.linted, {"python_version": "3.14"},
        Fault("a line that one Python's formatter wants otherwise", ROUTES, "",
              "\n\ntry:\n    pass\nexcept (KeyError, ValueError):\n    raise\n",
              "except KeyError, ValueError"),
    ),
    (
        tool_checks.schemas, WHOLE,
        Fault("a workflow's key", WORKFLOW, "timeout-minutes", "timeout-minuts",
              "timeout-minuts"),
    ),
    (
        tool_checks.schemas, WHOLE,
        Fault("a key of compose", "template/compose.yaml.jinja", "    restart: ",
              "    restarts: ", "restarts"),
    ),
    (
        tool_checks.images, WHOLE,
        Fault("an image's instruction", "template/Dockerfile.jinja", "WORKDIR /app",
              "RUN cd /app && ls\nWORKDIR /app", "DL3003"),
    ),
    (
        page_checks.layout, PLAIN,
        Fault("a folder that the layout does not name", README, "| `deploy/`",
              "| `docs/`", "no line for deploy/app.service"),
    ),
    (
        page_checks.layout, PLAIN,
        Fault("a file of the layout that is not there", README, "| `AGENTS.md`",
              "| `AGENTS.md`, `notes.txt`", "has notes.txt in its layout"),
    ),
    (
        page_checks.dead_links, PLAIN,
        Fault("a link to a page that is not there", README, "](docs/first-page.md)",
              "](docs/first.md)", "links to docs/first.md"),
    ),
    (
        tool_checks.workflows, WHOLE,
        Fault("a workflow that keeps its token", WORKFLOW,
              "        with:\n          persist-credentials: false\n", "",
              "artipacked"),
    ),
    (
        tool_checks.recipes, PLAIN,
        Fault("a recipe without its colon", "template/justfile", "types:", "types",
              "justfile"),
    ),
    (
        tool_checks.shell, PLAIN,
        Fault("a command of a page", README, "", "```sh\nls $1\n```\n", "SC2086"),
    ),
    (
        tool_checks.shell, WHOLE,
        Fault("a step of a workflow", WORKFLOW, "run: uv sync --locked",
              "run: uv sync $(ls $HOME)", "SC2046"),
    ),
]  # fmt: skip


def test_each_check_has_a_fault_to_find() -> None:
    assert {check for check, *_ in FAULTS} == set(CHECKS)


def shown(template: Path, where: Answers) -> Space:
    """Render one combination that has some answers."""
    first = {name: some[0] for name, some in QUESTIONS.items()}
    return Space(template, flat(first | {"skip_mitigations": []} | where))


@pytest.mark.parametrize(
    ("check", "where", "fault"), FAULTS, ids=[fault.id for *_, fault in FAULTS]
)
def test_a_planted_fault_is_found(
    check: Check,
    where: Answers,
    fault: Fault,
    planted: Path,
    record_property: Callable[[str, object], None],
) -> None:
    plant(planted, fault)
    record_property("planted faults", 1)
    found = list(check(shown(planted, where)))

    assert any(fault.words in finding for finding in found), found


# Faults that three answers show together, or more.
ALL_THREE = """{% if api and docker and 'upload_limits' in skip_mitigations %}
"""
ALL_FOUR = """{% if api and docker and ci == 'gitlab' and server == 'granian' %}
"""
ALL_FIVE = """{% if auth and api and server == 'granian' and tasks == 'threads' \
and 'key_rotation' in skip_mitigations %}
"""
TOGETHER: list[tuple[Check, Fault]] = [
    (
        file_checks.ends_and_blanks,
        Fault("three answers in one file", CLASSES, "",
              "{% if auth and tasks == 'threads' and database == 'mysql' %}\n#  \n"
              "{% endif %}\n", "config.py has trailing blanks"),
    ),
    (
        word_checks.words_of_pieces,
        Fault("a word that four answers show", "template/AGENTS.md.jinja", "",
              f"{ALL_FOUR.replace('api', 'not auth')}- Log out, and log in.\n"
              "{% endif %}\n",
              "AGENTS.md says 'log in' in a project without auth"),
    ),
    (
        import_checks.unresolved,
        Fault("three answers in two files", "template/app/__init__.py.jinja",
              "from app import extensions\n",
              f"from app import extensions\n{ALL_THREE}from app.core import uploads\n"
              "{% endif %}\n", "app/__init__.py imports uploads of app.core"),
    ),
    (
        import_checks.unresolved,
        Fault("a file that four answers leave out", "copier.yml",
              "  # The known issues, each",
              f"  - |\n    {ALL_FOUR}    /app/core/health.py\n    {{% endif %}}\n"
              "  # The known issues, each",
              "app/__init__.py imports init_app of app.core.health"),
    ),
    (
        import_checks.unresolved,
        Fault("five answers in two files", "template/app/extensions.py.jinja", "",
              f"{ALL_FIVE}from app.core import key_rotation\n{{% endif %}}\n",
              "app/extensions.py imports key_rotation of app.core"),
    ),
    (
        page_checks.dead_links,
        Fault("three answers in a link", README, "## Run it\n",
              "{% if docker and ci == 'github' and not api %}\n"
              "See [the API](docs/api.md).\n{% endif %}\n\n## Run it\n",
              "README.md links to docs/api.md"),
    ),
    (
        page_checks.layout,
        Fault("four answers that hide a line", README, "| `justfile`, ",
              "| {{ '`justfile`, ' if auth or api or docker or ci != 'gitlab' }}",
              "no line for justfile"),
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def spoiled(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Space:
    """The whole space of a copy with all these faults, rendered once."""
    copy = copied_template(template, tmp_path_factory.mktemp("together") / "planted")
    for _, fault in TOGETHER:
        plant(copy, fault)
    return Space(copy)


@pytest.mark.parametrize(
    ("check", "fault"), TOGETHER, ids=[fault.id for _, fault in TOGETHER]
)
def test_a_fault_of_several_answers_together_is_found(
    check: Check,
    fault: Fault,
    spoiled: Space,
    record_property: Callable[[str, object], None],
) -> None:
    record_property("planted faults", 1)
    found = list(check(spoiled))

    assert any(fault.words in finding for finding in found), found
