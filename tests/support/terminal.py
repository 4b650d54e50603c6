"""Drives the `copier` command in a pseudo-terminal."""

from __future__ import annotations

import os
from pathlib import Path

import pexpect

from tests.support.rendering import BIN

COPIER = str(BIN / "copier")
DOWN = "\x1b[B"
CLEAR = "\x15"
READY = "The project is ready"


def interview(
    template: Path, folder: Path, *arguments: str, columns: int = 200
) -> pexpect.spawn[str]:
    """Start `copier copy` in a terminal, into the folder `my-app`."""
    command = [COPIER, "copy", *arguments, str(template), "my-app"]
    return in_terminal(folder, command, columns)


def in_terminal(
    folder: Path, command: list[str], columns: int = 200
) -> pexpect.spawn[str]:
    return pexpect.spawn(
        command[0],
        command[1:],
        cwd=str(folder),
        encoding="utf-8",
        timeout=30,
        dimensions=(40, columns),
        env={
            **os.environ,
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "PROMPT_TOOLKIT_NO_CPR": "1",
            "TERM": "xterm",
        },
    )


def pressed_enter(child: pexpect.spawn[str]) -> int:
    """Press Enter at each question until Copier has written the project."""
    questions = 0
    while child.expect([r"🎤|📁|\? ", READY]) == 0:
        questions += 1
        child.send("\r")
        assert questions < 120
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    return questions


def ended(child: pexpect.spawn[str]) -> int | None:
    """Wait for the end, and return the exit status."""
    child.expect(pexpect.EOF)
    child.close()
    status: int | None = child.exitstatus
    return status
