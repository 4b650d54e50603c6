"""A push starts from the same number of releases, however many there are."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.rendering import commit_all
from tests.support.rendering import copied_tree
from tests.support.rendering import git
from tests.support.rendering import ROOT
from tests.support.rendering import run
from tests.update import releases
from tests.update.starts import before
from tests.update.starts import NEWEST
from tests.update.starts import RELEASES
from tests.update.starts import sample


def test_a_sample_has_the_ends_and_some_between() -> None:
    tags = [f"v0.{minor}.0" for minor in range(100)]

    assert sample(tags) == ["v0.0.0", "v0.32.0", "v0.64.0", *tags[-3:]]
    for number in range(1, 100):
        taken = sample(tags[:number])
        assert taken[0] == tags[0]
        assert taken[-3:] == tags[:number][-3:]
        assert len(taken) == len({*taken}) == min(number, len(sample(tags)))


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The work tree, with the history."""
    clone = tmp_path / "clone"
    git(ROOT, "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone))
    copied_tree(ROOT, clone)
    commit_all(clone, "the work tree")
    return clone


def collected(repository: Path, layer: str) -> int:
    """Return how many tests a push runs of a layer."""
    collect = (sys.executable, "-m", "pytest", "--collect-only", "-qq", "-n0", layer)
    counts = run(repository, *collect).splitlines()
    return sum(int(line.rsplit(": ", 1)[1]) for line in counts if ": " in line)


def test_twice_as_many_releases_give_no_more_tests(clone: Path) -> None:
    tests = collected(clone, "tests/update")
    log = clone / "CHANGELOG.md"
    for patch in range(100, 100 + len(RELEASES)):
        heading = f"\n## {NEWEST[1:]}{patch}\nReleased 2030-01-01\n"
        log.write_text(log.read_text().replace("\n## ", f"{heading}\n## ", 1))
        commit_all(clone, f"Release {patch}")

    assert len(releases.found(clone)) == 2 * len(RELEASES)
    assert collected(clone, "tests/update") == pytest.approx(tests, rel=0.1)


def test_versions_are_compared_as_numbers() -> None:
    versions = ["0.100.0", "0.9.0", "0.11.0", "0.10.0", "1.0.0", "0.9.10", "0.2.0"]

    assert sorted(versions, key=releases.as_numbers) == [
        "0.2.0", "0.9.0", "0.9.10", "0.10.0", "0.11.0", "0.100.0", "1.0.0",
    ]  # fmt: skip
    assert before("0.3.0") == ["v0.1.0", "v0.2.0"]
