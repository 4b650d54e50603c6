"""The commands of today's `updates` package, for a project of before it."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[3] / "template")

from updates import __main__ as commands  # type: ignore[import-not-found]  # noqa: E402

if __name__ == "__main__":
    commands.PROJECT = Path.cwd()
    sys.exit(commands.main(sys.argv[1:]))
