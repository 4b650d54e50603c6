"""The releases in the history, and which of them a run starts from.

A push takes the same number of them, however many there will be; `--all` takes more.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.support import options
from tests.support.facts.answers import SAME
from tests.support.rendering import git
from tests.support.rendering import ROOT
from tests.support.sampling import evenly
from tests.update import projects_to_update
from tests.update import releases

COMMITS = {f"v{version}": commit for version, commit in releases.found(ROOT).items()}
RELEASES = list(COMMITS)
OLDEST, NEWEST = RELEASES[0], RELEASES[-1]

EVERYTHING = options.chosen.everything
# What a push takes besides the oldest release.
NEWEST_OF_A_PUSH = 3
BETWEEN_OF_A_PUSH = 2


def sample(tags: Sequence[str]) -> list[str]:
    """Return the oldest release, the newest three, and two between, equally far apart.

    `tags` are in the order of the releases. The same ones give the same sample.
    """
    newest = max(len(tags) - NEWEST_OF_A_PUSH, 1)
    return [*evenly(tags[:newest], 1 + BETWEEN_OF_A_PUSH), *tags[newest:]]


def before(version: str) -> list[str]:
    """Return the releases that came before a version."""
    limit = releases.as_numbers(version)
    return [tag for tag in RELEASES if releases.as_numbers(tag[1:]) < limit]


def presets(release: str) -> list[str]:
    """Return the presets to start from.

    A push leaves out those that give the answers of another one by the declarations of
    today; test_releases.py compares what the release itself gave.
    """
    known = projects_to_update.presets(ROOT, COMMITS[release])
    if EVERYTHING:
        return known
    return [name for name in known if SAME.get(name) not in known]


# A commit that is a release itself starts from the one before.
HEAD = git(ROOT, "rev-parse", "HEAD").strip()
BEFORE_HEAD = [tag for tag, commit in COMMITS.items() if commit != HEAD]
# The longest way, and the one that most projects go.
ENDS = list(dict.fromkeys([BEFORE_HEAD[0], BEFORE_HEAD[-1]]))

# Also a release that was committed with no change after it.
LAST_TWO = RELEASES[-2:]

# For tests that take seconds, for those that take many, and for those of each edit.
SOME = RELEASES if EVERYTHING else sample(RELEASES)
FEW = sample(RELEASES) if EVERYTHING else ENDS
STARTS = RELEASES if EVERYTHING else ENDS
