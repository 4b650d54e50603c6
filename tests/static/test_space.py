"""No answers give a project with static findings."""

from __future__ import annotations

import hashlib
import re
import sys
from collections import defaultdict
from collections.abc import Callable
from itertools import combinations
from itertools import product
from pathlib import Path

import pytest

from tests.executed.rows import ROWS_OF_A_PUSH
from tests.static import word_checks
from tests.static.arrays import every
from tests.static.checks import Check
from tests.static.checks import CHECKS
from tests.static.checks import name
from tests.static.import_checks import declared
from tests.static.import_checks import PYPROJECT
from tests.static.space import complete
from tests.static.space import ONLY_WORDS
from tests.static.space import rows_of_words
from tests.static.space import Space
from tests.static.space import STRENGTH
from tests.static.space import unflat
from tests.static.space import VALUES
from tests.static.trees import ANSWERS_FILE
from tests.static.trees import write
from tests.support.facts.answers import possible
from tests.support.facts.answers import rows_of
from tests.support.facts.combinations import held
from tests.support.facts.combinations import promised
from tests.support.facts.known_issues import MITIGATIONS
from tests.support.rendering import files
from tests.support.rendering import PRESETS
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT
from tests.support.rendering import run


@pytest.mark.parametrize("check", CHECKS, ids=name)
def test_no_combination_has_a_finding(check: Check, space: Space) -> None:
    assert sorted(set(check(space))) == []


def test_compose_takes_each_file(
    space: Space, compose: tuple[str, ...], tmp_path: Path
) -> None:
    files = [file for file in space.files if file.path == "compose.yaml"]
    assert files
    for number, file in enumerate(files):
        write(file, tmp_path / str(number))
        secrets = {"SECRET_KEY": "k" * 48, "DATABASE_PASSWORD": "p"}
        run(tmp_path / str(number), *compose, **secrets)


def test_every_searched_word_occurs_in_a_project(space: Space) -> None:
    assert list(word_checks.words_that_are_nowhere(space)) == []


def test_the_readme_says_how_much_is_rendered(
    space: Space, measured: Callable[[str], None]
) -> None:
    partly = [path for path, table in space.tables.items() if not table.complete]
    measured(
        f"static: {space.renders} renders of {len(space.tables)} single files are "
        f"every shape of {len(space.tables) - len(partly)} of them, "
        f"{len(space.files)} distinct ones, in {space.seconds:.0f} s; "
        f"{len(space)} trees hold every {STRENGTH} answers; {len(CHECKS)} checks"
    )
    readme = " ".join((ROOT / "README.md").read_text().split())
    renders, distinct = (
        int(number.replace(",", ""))
        for number in re.findall(r"more than ([\d,]+)", readme)[:2]
    )

    assert renders < space.renders < 10 * renders
    assert distinct < len(space.files) < 10 * distinct
    assert ("are every shape of every file" in readme) is (not partly)
    assert f"a push runs the first {ROWS_OF_A_PUSH}," in readme


@pytest.mark.parametrize("preset", PRESETS)
def test_a_tree_is_what_copier_renders(
    preset: str, space: Space, template: Path, render: Renderer
) -> None:
    some = space.answers[PRESETS.index(preset) :: len(space) // 3]
    for answers in (complete(template, {"preset": preset}), *some):
        content = files(render(**unflat(answers)))
        content.pop(ANSWERS_FILE)
        tree = space.tree(answers)

        assert {path: file.content for path, file in tree.files.items()} == content


def test_the_trees_hold_every_four_answers_and_few_mitigations(space: Space) -> None:
    together = [name for name in VALUES if name not in ONLY_WORDS]
    for names in combinations(together, STRENGTH):
        there = {tuple(row[name] for name in names) for row in space.answers}
        wanted = {
            part
            for part in product(*(VALUES[name] for name in names))
            if possible(dict(zip(names, part, strict=True)))
        }
        assert wanted <= there

    left = [len(unflat(row)["skip_mitigations"]) for row in space.answers]
    assert left.count(len(MITIGATIONS)) >= 2
    assert left.count(len(MITIGATIONS) - 1) >= 2 * len(MITIGATIONS)


def test_rows_of_impossible_answers_are_not_made() -> None:
    rows = every(STRENGTH, {name: [0, 1, 2] for name in "abcde"}, lambda row: not (
        row.get("a") == 1 and row.get("b") == 2
    ))  # fmt: skip

    assert {row["a"] for row in rows if row["b"] == 2} == {0, 2}


def test_answers_that_only_change_words_change_no_file_list_and_no_package(
    space: Space,
) -> None:
    readers = {
        path: sorted(ONLY_WORDS & {*table.reads})
        for path, table in space.tables.items()
        if not ONLY_WORDS.isdisjoint(table.reads)
    }
    assert readers == {
        "LICENSE": ["license"],
        PYPROJECT: ["license", "python_version"],
    }
    packages = defaultdict(set)
    table = space.tables[PYPROJECT]
    for key, file in table.results.items():
        others = [
            (name, value)
            for name, value in zip(table.reads, key, strict=True)
            if name not in ONLY_WORDS
        ]
        assert file is not None
        packages[tuple(others)].add(declared(file))
    assert all(len(found) == 1 for found in packages.values())


def test_a_covering_array_holds_what_is_possible_together() -> None:
    # tests/executed looks at those of three answers, when it runs them.
    assert held(rows_of(2), 2) == promised(2)


def test_the_rows_of_words_hold_every_three_answers() -> None:
    assert held([unflat(row) for row in rows_of_words()], 3) == promised(3)


def test_every_row_is_possible_and_the_same_in_each_run() -> None:
    program = (
        "from tests.support.facts import answers; print(repr(answers.covering(2)))"
    )

    assert all(map(possible, rows_of(2)))
    # The seed of this process is another one, by chance.
    again = run(ROOT, sys.executable, "-c", program, PYTHONHASHSEED="1")
    assert digest(again.strip()) == digest(repr(rows_of(2)))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
