"""The command of Copier, without the work that it repeats: for recipes in tests."""

from __future__ import annotations

import sys
from pathlib import Path

# Not the folder of this file, nor that of the project, which has a package `tests`.
sys.path[0] = str(Path(__file__).parents[3])

from copier._cli import CopierApp  # noqa: E402

from tests.support.fast_copier import fewer_forks_and_compiles  # noqa: E402

if __name__ == "__main__":
    with fewer_forks_and_compiles():
        CopierApp.run(sys.argv[1:])
