"""Before an answer takes files away, the guard names them: these and no others."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.static.removals import changes
from tests.static.removals import Guard
from tests.static.space import complete
from tests.static.space import Space
from tests.static.space import unflat
from tests.static.space import within
from tests.support.facts.answers import Answers
from tests.support.planting import Fault
from tests.support.planting import plant
from tests.support.rendering import PRESETS

# An update leaves them alone.
REVISIONS = "migrations/versions"


def there(space: Space, answers: Answers) -> set[str]:
    paths = {path for path, table in space.tables.items() if table.at(answers)}
    return {path for path in paths if not within(path, [REVISIONS])}


@pytest.mark.parametrize("preset", PRESETS)
def test_the_guard_names_the_files_that_an_answer_takes_from_a_project(
    preset: str, space: Space, template: Path, tmp_path: Path
) -> None:
    guard = Guard(template)
    before = complete(template, {"preset": preset})
    project = space.tree(before).write(tmp_path / "project")
    # What the owner added is not deleted, so it is not named.
    for folder in (*project.glob("app/*/"), *project.glob("tests/*/")):
        (folder / "ours.py").touch()

    for question, after in changes(before):
        gone = there(space, before) - there(space, after)
        named = guard.refusal(project, unflat(before), unflat(after))

        assert named == guard.listed(sorted(gone)).strip(), question


def wrong(space: Space, guard: Guard) -> Iterator[tuple[str, str]]:
    """Give what the guard names too much or too little, by the question."""
    for before in space.answers:
        present = there(space, before)
        for question, after in changes(before):
            lost = guard.lost(unflat(before), unflat(after))
            paths = lost.pop(question, [])
            named = {path for path in present if within(path, paths)}
            gone = present - there(space, after)
            yield from ((question, path) for path in sorted(named ^ gone))
            yield from ((question, other) for other in lost)


def test_the_guard_names_the_files_of_each_answer_beside_every_three_others(
    space: Space, template: Path
) -> None:
    assert set(wrong(space, Guard(template))) == set()


FAULTS = [
    Fault("a file that no piece declares", "extensions/pieces.yml",
          "      - app/core/limit_settings.py\n", "",
          "('auth', 'app/core/limit_settings.py')"),
    Fault("a file that stays", "extensions/pieces.yml",
          "files: [serve.py]", "files: [serve.py, run.py]", "('server', 'run.py')"),
    Fault("a file of two pieces that one declares", "extensions/pieces.yml",
          "      - tests/maintained/known_issues/test_session_protection.py\n", "",
          "('auth', 'tests/maintained/known_issues/test_session_protection.py')"),
    Fault("a file of a mitigation", "extensions/known_issues.yml",
          "files: [app/core/uploads.py, ", "files: [",
          "('skip_mitigations', 'app/core/uploads.py')"),
    Fault("a page that the last mitigation takes along", "extensions/pieces.yml",
          "files: [docs/known-issues.md, ", "files: [",
          "('skip_mitigations', 'docs/known-issues.md')"),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_planted_fault_of_the_declaration_is_found(
    fault: Fault,
    space: Space,
    planted: Path,
    record_property: Callable[[str, object], None],
) -> None:
    plant(planted, fault)
    record_property("planted faults", 1)

    # As soon as it is found: all rows would take seconds for each fault.
    assert fault.words in map(str, wrong(space, Guard(planted)))
