"""Every combination of answers gives a project without static findings."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from itertools import combinations
from itertools import product
from pathlib import Path

import pytest

import word_checks
from answers import covering
from answers import everything
from answers import possible
from answers import QUESTIONS
from answers import STRUCTURAL
from answers import structural
from checks import Check
from checks import CHECKS
from checks import name
from counted import held
from counted import promised
from facts import MITIGATIONS
from rendering import ROOT
from rendering import run
from rows import ROWS_OF_A_PUSH
from trees import Trees
from trees import write


@pytest.mark.parametrize("check", CHECKS, ids=name)
def test_no_combination_has_a_finding(check: Check, trees: Trees) -> None:
    assert sorted(set(check(trees))) == []


def test_compose_takes_each_file(
    trees: Trees, compose: tuple[str, ...], tmp_path: Path
) -> None:
    files = [file for file in trees.files if file.path == "compose.yaml"]
    assert files
    for number, file in enumerate(files):
        write(file, tmp_path / str(number))
        secrets = {"SECRET_KEY": "k" * 48, "DATABASE_PASSWORD": "p"}
        run(tmp_path / str(number), *compose, **secrets)


def test_every_searched_word_occurs_in_a_project(trees: Trees) -> None:
    assert list(word_checks.words_that_are_nowhere(trees)) == []


def test_every_combination_is_rendered(
    trees: Trees, measured: Callable[[str], None]
) -> None:
    total = sum(len(tree.files) for tree in trees)
    measured(
        f"static: {len(trees)} combinations with {total} files, of which "
        f"{len(trees.files)} are distinct and checked once; {len(CHECKS)} checks; "
        f"rendered in {trees.seconds:.0f} s"
    )
    recorded = {
        tuple(tree.answers[question] for question in STRUCTURAL) for tree in trees
    }

    assert recorded == set(product(*STRUCTURAL.values()))
    assert len(trees) == len(everything())


def test_the_readme_quotes_the_counts(trees: Trees) -> None:
    readme = " ".join((ROOT / "README.md").read_text().split())

    assert f"{len(trees)} combinations are rendered" in readme
    assert f"the {round(len(trees.files), -2)} distinct ones" in readme
    assert f"{len(covering(2))} rows hold every two answers" in readme
    assert f"{len(covering(3))} rows every three" in readme
    assert f"a push runs the first {ROWS_OF_A_PUSH}," in readme


@pytest.mark.parametrize("number", [1, 2, len(MITIGATIONS)])
def test_mitigations_are_left_out_of_each_preset(number: int, trees: Trees) -> None:
    left_out = {
        (tree.answers["preset"], *sorted(tree.answers["skip_mitigations"]))
        for tree in trees
    }

    for preset in QUESTIONS["preset"]:
        for names in combinations(sorted(MITIGATIONS), number):
            assert (preset, *names) in left_out


@pytest.mark.parametrize("strength", [2, 3])
def test_a_covering_array_holds_what_is_possible_together(strength: int) -> None:
    assert held(covering(strength), strength) == promised(strength)


def test_every_row_is_possible_and_the_same_in_each_run() -> None:
    rows = covering(3)
    program = "import answers; print(repr(answers.covering(3)))"
    path = f"{ROOT / 'tests'}:{ROOT / 'tests/known_issues'}"

    assert all(map(possible, rows))
    for seed in ("1", "2"):
        again = run(
            ROOT, sys.executable, "-c", program, PYTHONPATH=path, PYTHONHASHSEED=seed
        )
        assert digest(again.strip()) == digest(repr(rows))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_combinations_are_counted_once() -> None:
    assert len(list(structural())) == len({repr(row) for row in structural()})
