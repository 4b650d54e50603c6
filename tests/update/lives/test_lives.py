"""Random projects live: edits and updates in turn, and nothing is lost.

A push lives those of fixed seeds, and `--all` 500 others each night. A life that failed
is lived again by `--lives SEED`, and becomes a case in cases.yml with its reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import options
from tests.support.records import RECORD
from tests.support.rendering import run
from tests.support.sampling import evenly
from tests.support.sampling import part
from tests.update.dropped import questions
from tests.update.in_use import ALREADY_RUN
from tests.update.in_use import brought_up_to_date
from tests.update.in_use import passes_its_tests
from tests.update.lives.life import drawn
from tests.update.lives.life import Life
from tests.update.lives.living import Found
from tests.update.lives.living import Living
from tests.update.starts import RELEASES

ON_A_PUSH, IN_A_NIGHT = 50, 500
# Of these, how many are installed too.
TESTED = 20 if options.chosen.everything else 2
# The packages that the owner of a life adds are not in the environment.
FLOORS = "tests/maintained/known_issues/test_dependency_floors.py"
NOT_INSTALLED = f"--deselect={FLOORS}::test_installed_versions_satisfy_the_bounds"
CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "cases.yml").read_text()
)


def seeds() -> list[int]:
    if options.chosen.lives:
        return options.chosen.lives
    if not options.chosen.everything:
        return list(range(1, ON_A_PUSH + 1))
    night = int(f"{datetime.now(UTC):%Y%m%d}000")
    return list(range(night, night + IN_A_NIGHT))


@pytest.fixture(scope="session")
def asked(published: Path) -> dict[str, dict[str, Any]]:
    """The questions of each release."""
    return {release: questions(published, release) for release in RELEASES}


Record = Callable[[str, object], None]


def lived(life: Life, template: Path, folder: Path, record: Record) -> None:
    """Live a life; AssertionError, with the life, for what went wrong in it."""
    try:
        found = Living(life, template, folder).live()
    except Exception as error:
        error.add_note(str(life))
        raise
    record(RECORD, recorded(life, found))
    record("lives", 1)
    record("updates made", found.updates)
    record("edits checked", found.edits)
    record("conflicts, right", len(found.right))
    record("conflicts, false", len(found.false))
    record("edits lost", len(found.lost))
    wrong = "\n".join(found.wrong())
    assert not wrong, f"{wrong}\n\n{life}"


def recorded(life: Life, found: Found) -> dict[str, object]:
    return {
        "seed": life.seed,
        "from": life.release,
        "preset": life.answers["preset"],
        "steps": life.steps,
        "updates": found.updates,
        "checked": found.edits,
        "right": found.right,
        "false": found.false,
        "lost": found.lost,
    }


@pytest.mark.parametrize("seed", seeds())
def test_nothing_is_lost_in_a_life(
    seed: int,
    asked: dict[str, dict[str, Any]],
    published: Path,
    tmp_path: Path,
    record_property: Record,
) -> None:
    lived(drawn(seed, asked), published, tmp_path, record_property)


@pytest.mark.parametrize("seed", evenly(seeds(), TESTED))
def test_a_project_that_lived_is_typed_and_passes_its_tests(
    seed: int,
    asked: dict[str, dict[str, Any]],
    published: Path,
    environment: Path,
    mypy_cache: Path,
    tmp_path: Path,
    record_property: Record,
) -> None:
    random = drawn(seed, asked)
    # The environment has the packages of the presets.
    life = replace(random, answers={"preset": random.answers["preset"]})
    lived(life, published, tmp_path, record_property)

    project = tmp_path / "project"
    mypy = (str(environment), "-m", "mypy", "--cache-dir", str(mypy_cache))
    run(project, *mypy)
    brought_up_to_date(project, environment)
    passes_its_tests(project, environment, *ALREADY_RUN, NOT_INSTALLED)


@pytest.mark.parametrize(
    "case", part(CASES, 2), ids=lambda case: str(case["life"]["seed"])
)
def test_a_life_that_failed_once(
    case: dict[str, Any], published: Path, tmp_path: Path, record_property: Record
) -> None:
    assert case["reason"]
    lived(Life(**case["life"]), published, tmp_path, record_property)
