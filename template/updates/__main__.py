"""`python -m updates COMMAND`, which the recipes of the justfile run.

Maintained by copier-flask.
"""

from __future__ import annotations

import argparse
import signal
import sys
from importlib import import_module
from pathlib import Path
from types import FrameType

from updates.errors import UpdateError

PROJECT = Path(__file__).resolve().parent.parent
COMMANDS = ("preview", "update", "outdated")
FAILED, INTERRUPTED = 2, 130


def main(arguments: list[str]) -> int:
    """Run a command, and return its exit status; 2 if it could not do its work."""
    if arguments[:1] == ["abort"]:
        arguments = ["update", "--abort", *arguments[1:]]
    if not arguments or arguments[0] not in COMMANDS:
        sys.stderr.write(f"Usage: python -m updates {{{'|'.join(COMMANDS)}}} ...\n")
        return FAILED
    command = import_module(f"updates.{arguments[0]}")
    parser = argparse.ArgumentParser(
        prog=f"just {arguments[0]}",
        description=(command.__doc__ or "").partition("\n\nMaintained")[0],
        epilog="All other arguments are those of `copier update`.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.add_options(parser)
    options, given = parser.parse_known_args(arguments[1:])
    signal.signal(signal.SIGTERM, interrupt)
    try:
        return int(command.execute(PROJECT, options, given))
    except UpdateError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    except (OSError, UnicodeError) as error:  # such as a folder without permission
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return FAILED
    except KeyboardInterrupt:
        sys.stderr.write(
            "Stopped. `just update --abort` undoes what an update began.\n"
        )
        return INTERRUPTED


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """End as Ctrl-C does, so that the second work tree is removed."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
