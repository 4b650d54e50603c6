"""`python -m updates.bot`: propose the next release of the template.

`prepare FOLDER` makes the proposal, and needs no token; `send FOLDER` sends it. Without
these words it does both.

Maintained by copier-flask.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from updates.bot import host
from updates.bot import proposal
from updates.bot.api import ApiError
from updates.bot.host import Host
from updates.bot.prepare import prepare
from updates.bot.send import send
from updates.errors import UpdateError

PROJECT = Path(__file__).resolve().parents[2]
# What no program that the checks start has to know.
SECRETS = ("GITHUB_TOKEN", "TEMPLATE_UPDATE_TOKEN")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the steps, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m updates.bot", allow_abbrev=False)
    parser.add_argument("step", nargs="?", choices=["prepare", "send"])
    parser.add_argument("folder", nargs="?", type=Path)
    chosen = parser.parse_args(arguments)
    if bool(chosen.step) != bool(chosen.folder):
        parser.error("give a step with its folder, or neither")

    service = Host(os.environ)
    for name in SECRETS:
        os.environ.pop(name, None)
    if not service.token and chosen.step != "prepare":
        service.say(host.NO_TOKEN)
        return 0
    try:
        with tempfile.TemporaryDirectory() as scratch:
            run(service, chosen.step, (chosen.folder or Path(scratch)).resolve())
    except (ApiError, UpdateError) as error:
        service.say(f"No update is proposed. {error}")
        return 1
    return 0


def run(service: Host, step: str | None, folder: Path) -> None:
    """Make the proposal, send it, or both. Raises `ApiError` or `UpdateError`."""
    folder.mkdir(parents=True, exist_ok=True)
    if step != "send":
        prepare(PROJECT, service.base, folder)
    if step != "prepare":
        send(proposal.read(folder), PROJECT, service, folder)


if __name__ == "__main__":
    sys.exit(main())
