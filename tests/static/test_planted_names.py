"""Faults planted in a copy of the template: each is found, by its own message."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.static.excluded_paths import exclusions
from tests.static.file_lists import cases
from tests.static.file_lists import differences
from tests.static.file_lists import file_lists
from tests.static.file_lists import recorded
from tests.static.names_used import names
from tests.support.planting import Fault
from tests.support.planting import plant
from tests.support.rendering import Renderer

README = "template/README.md.jinja"
FAULTS = [
    Fault("a name in a body", README, "", "{{ projekt }}", "projekt is not known"),
    Fault(
        "a name behind a condition in a body",
        README, "", "{% if api %}{{ databse }}{% endif %}", "databse is not known",
    ),
    Fault(
        "a name in an included file",
        "extensions/licences/MIT.txt", "holder", "owner", "owner is not known",
    ),
    Fault(
        "a name that changes with the folder",
        README, "", "{{ _folder_name }}", "_folder_name is not known",
    ),
    Fault(
        "a name in a macro",
        "extensions/names.jinja", "{% if not text | trim %}",
        "{% if not text | trim and not preset %}", "preset is not known",
    ),
    Fault(
        "a name in a default",
        "copier.yml", "'none' if preset ==", "'none' if presett ==",
        "default of ci: presett is not known",
    ),
    Fault(
        "a question that is asked later",
        "copier.yml", "{{ preset != 'minimal' }}", "{{ ci != 'none' }}",
        "default of config_classes: ci is not known",
    ),
    Fault(
        "a name in ask",
        "copier.yml", "{{ preset == 'custom' or not own_slug",
        "{{ prset == 'custom' or not own_slug",
        "ask of project_slug: prset is not known",
    ),
    Fault(
        "a name in when",
        "copier.yml", "nameable(_copier_conf.defaults, project_name,",
        "nameable(_copier_conf.defaults, name,", "when of name_guard: name is not",
    ),
    Fault(
        "a name in a validator",
        "copier.yml", "bad_email(author_email)", "bad_email(email)",
        "validator of author_email: email is not known",
    ),
    Fault(
        "a name in a help",
        "copier.yml", "Who is the author,", "Who is {{ it }},", "help of author_name",
    ),
    Fault(
        "a name in a placeholder",
        "copier.yml", "placeholder: my-flask-app", 'placeholder: "{{ slug }}"',
        "placeholder of project_slug: slug is not known",
    ),
    Fault(
        "a name in choices",
        "copier.yml", '"GitLab CI": gitlab',
        '"GitLab CI": "{{ gitlab }}"', "choices of ci: gitlab is not",
    ),
    Fault(
        "a name in _exclude",
        "copier.yml", "{% if ci != 'gitlab' %}", "{% if cl != 'gitlab' %}",
        "_exclude: cl is not known",
    ),
    Fault(
        "a question in _exclude that is not recorded",
        "copier.yml", "{% if server == 'granian' %}",
        "{% if production == 'python serve.py' %}", "_exclude: production is not known",
    ),
    Fault(
        "a name in _external_data",
        "copier.yml", "before: .copier-answers.yml",
        'before: "{{ answers }}.yml"', "_external_data: answers is not known",
    ),
    Fault(
        "a name in a message",
        "copier.yml", "after_update(_copier_conf.dst_path, updating_from,",
        "after_update(_copier_conf.dst_path, updated_from,",
        "_message_after_update: updated_from is not known",
    ),
    Fault(
        "a name of Copier in the wrong place",
        "copier.yml", "before_update(_copier_conf.data)",
        "before_update(_copier_operation)", "_copier_operation is not known",
    ),
    Fault(
        "an attribute that Copier does not have",
        "copier.yml", "after_copy(_copier_conf.dst_path,",
        "after_copy(_copier_conf.destination,", "_copier_conf has no destination",
    ),
    Fault(
        "a filter that is not there",
        README, "", "{% if api %}{{ ci | uper }}{% endif %}", "Jinja has no uper",
    ),
    Fault(
        "a value that an answer never has",
        "copier.yml", "{% if server != 'gunicorn-gevent' or",
        "{% if server != 'gevent' or", "server is never 'gevent'",
    ),
    Fault(
        "a mitigation that is not there",
        "copier.yml", "{% if 'upload_limits' in (skip_mitigations | default([])) %}",
        "{% if 'upload_limit' in (skip_mitigations | default([])) %}",
        "skip_mitigations is never 'upload_limit'",
    ),
    Fault(
        "a macro that is not there",
        "template/SECURITY.md.jinja", "import markdown", "import markdowned, markdown",
        "it imports markdowned, which extensions/quoting.jinja has not got",
    ),
    Fault(
        "a library that is not there",
        "template/SECURITY.md.jinja", "extensions/quoting", "extensions/quotes",
        "extensions/quotes.jinja, which is not there",
    ),
    Fault(
        "an included file that is not there",
        "template/models.py.jinja", "", '{% include "template/model.py" %}',
        "it includes template/model.py, which is not there",
    ),
    Fault(
        "one argument too few",
        "copier.yml", "bad_text('description', description)", "bad_text(description)",
        "bad_text is called with 1 arguments",
    ),
    Fault(
        "an argument of another name",
        "copier.yml", "own_slug(project_name) | trim or UNSET",
        "own_slug(text=project_name) | trim or UNSET", "own_slug is called with 0",
    ),
    Fault(
        "an import that nothing uses",
        "template/app/site.toml.jinja", "import toml", "import markdown, toml",
        "it imports markdown and does not use it",
    ),
    Fault(
        "a macro that nothing uses",
        "extensions/quoting.jinja", "",
        "{% macro html(text) %}{{ text | e }}{% endmacro %}", "html is used nowhere",
    ),
    Fault(
        "a question that nothing uses",
        "copier.yml", "\nauth:\n",
        "\nlocale:\n  type: str\n  help: Which language?\n  default: en\n\nauth:\n",
        "nothing uses locale",
    ),
    Fault(
        "a question that nothing but a guard uses",
        "copier.yml", "# WIRING",
        "locale:\n  type: str\n  default: en\n\nlocale_guard:\n  type: bool\n"
        "  when: \"{{ locale == 'xx' }}\"\n  default: false\n\n# WIRING",
        "nothing uses locale",
    ),
    Fault(
        "an excluded path that is not there",
        "copier.yml", "/tests/maintained/accounts\n", "/tests/maintained/account\n",
        "'/tests/maintained/account' is not in template/",
    ),
    Fault(
        "an excluded file that left the template",
        "template/renovate.json", "*", "", "'/renovate.json' is not in template/",
    ),
    Fault(
        "an excluded path with a slash at the end",
        "copier.yml", "    /app/api\n", "    /app/api/\n", "'/app/api/' is not in",
    ),
    Fault(
        "an excluded path twice",
        "copier.yml", "    /gunicorn.conf.py\n", 2 * "    /gunicorn.conf.py\n",
        "/gunicorn.conf.py is left out by /gunicorn.conf.py already",
    ),
    Fault(
        "an excluded path in an excluded folder",
        "copier.yml", "    /app/api\n", "    /app/api\n    /app/api/routes.py\n",
        "/app/api/routes.py is left out by /app/api already",
    ),
    Fault(
        "a shape that nothing takes",
        "template/config.py.jinja", "template/config_classes.py.jinja",
        "template/config_environment.py.jinja",
        "/config_classes.py is always left out, and no file includes it",
    ),
    Fault(
        "a shape that comes by itself",
        "copier.yml", "  - /app/models_plain.py\n", "", "comes by itself as well",
    ),
    Fault(
        "a retired path that is still there",
        "copier.yml", "    /.editorconfig\n", "    /.editorconfig\n    /justfile\n",
        "/justfile is retired without a condition",
    ),
    Fault(
        "a filter of the release in _exclude",
        "copier.yml", "(tasks | default('none')) != 'threads'",
        "(tasks | default('none') | to_json) != 'threads'",
        "to_json is not one of Jinja's own filters",
    ),
]  # fmt: skip


# What the record of files finds, by rendering the base and one answer more.
FILE_FAULTS = [
    Fault("a file dropped", "template/justfile", "*", "", "gone: justfile"),
    Fault(
        "a file of a piece dropped",
        "template/app/api/requests.py", "*", "",
        "api=True: gone: + app/api/requests.py",
    ),
    Fault("a file added", "template/app/notes.py", "", "\n", "new: app/notes.py"),
    Fault(
        "a file of a piece that comes without it",
        "copier.yml", "    /tests/test_api.py\n", "", "new: tests/test_api.py",
    ),
    Fault(
        "a file lost to the condition of another piece",
        "copier.yml", "/tests/test_api.py\n", "/tests/test_api.py\n    /run.py\n",
        "preset=website: gone: run.py",
    ),
    Fault(
        "a workflow that no answer brings",
        "copier.yml", "{% if ci != 'github' %}", "{% if ci != 'githab' %}",
        "gone: .github/workflows/ci.yml",
    ),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_planted_fault_is_found(
    fault: Fault, planted: Path, record_property: Callable[[str, object], None]
) -> None:
    plant(planted, fault)
    record_property("planted faults", 1)
    found = [*names(planted), *exclusions(planted)]

    assert any(fault.words in finding for finding in found), found


@pytest.mark.parametrize("fault", FILE_FAULTS, ids=lambda fault: fault.id)
def test_a_planted_file_is_found(
    fault: Fault,
    planted: Path,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    few = {key: cases()[key] for key in ("preset=website", "api=True")}
    before = {key: lines for key, lines in recorded().items() if key in few}
    plant(planted, fault)
    record_property("planted faults", 1)
    found = differences(before, file_lists(Renderer(planted, tmp_path), few))

    assert any(fault.words in line for line in found), found
