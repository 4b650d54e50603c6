"""All checks of what is rendered.

Each takes what the template can render and gives its findings, one line for each.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable

from tests.static import file_checks
from tests.static import import_checks
from tests.static import page_checks
from tests.static import structure_checks
from tests.static import text_checks
from tests.static import tool_checks
from tests.static import word_checks
from tests.static.space import Space

Check = Callable[[Space], Iterable[str]]

CHECKS: tuple[Check, ...] = (
    file_checks.parsed,
    file_checks.variables,
    file_checks.ends_and_blanks,
    file_checks.left_jinja,
    file_checks.plain_files,
    file_checks.empty_folders,
    file_checks.tests_assert,
    import_checks.unresolved,
    import_checks.unused,
    structure_checks.imports_upward,
    structure_checks.import_cycles,
    structure_checks.unused_names,
    structure_checks.unused_modules,
    structure_checks.functions_without_a_word,
    structure_checks.errors_without_a_word,
    structure_checks.whose_it_is,
    text_checks.outside_of_the_catalogue,
    page_checks.unknown_endpoints,
    page_checks.unknown_templates,
    page_checks.unused_templates,
    page_checks.layout,
    page_checks.dead_links,
    word_checks.words_of_pieces,
    word_checks.words_of_mitigations,
    tool_checks.linted,
    tool_checks.schemas,
    tool_checks.images,
    tool_checks.workflows,
    tool_checks.recipes,
    tool_checks.shell,
)


def name(check: Check) -> str:
    module = check.__module__.rpartition(".")[2]
    return f"{module.removesuffix('_checks')}.{check.__name__}"
