"""A life, lived: each step is made, and what must be so after it is compared."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

from tests.support.rendering import attempt
from tests.support.rendering import commit_all
from tests.support.rendering import files
from tests.support.rendering import git
from tests.support.rendering import said
from tests.update.lives import soundness
from tests.update.lives.edits import KINDS
from tests.update.lives.life import Life
from tests.update.lives.life import UPDATE
from tests.update.lives.line_length import formatted
from tests.update.lives.line_length import own_format
from tests.update.lives.line_length import updated_in_its_format
from tests.update.lives.merging import ConflictError
from tests.update.lives.merging import OF_THE_COPY
from tests.update.lives.merging import States
from tests.update.lives.merging import states
from tests.update.lives.owner import NotHereError
from tests.update.lives.owner import Owner
from tests.update.lives.proofs import Proof
from tests.update.lives.settling import NotSettledError
from tests.update.lives.settling import settle
from tests.update.projects_to_update import answers_of
from tests.update.projects_to_update import committed
from tests.update.projects_to_update import rendered
from tests.update.projects_to_update import unmerged
from tests.update.projects_to_update import updated


@dataclass
class Found:
    """What a life showed, for the figures of a run."""

    updates: int = 0
    edits: int = 0
    right: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def wrong(self) -> list[str]:
        return [*self.false, *self.lost, *self.faults]


class Living:
    """A project in the midst of its life."""

    def __init__(self, life: Life, template: Path, folder: Path) -> None:
        self.life = life
        self.template = template
        self.folder = folder
        self.project = rendered(
            template, life.release, folder / "project", **life.answers
        )
        self.clean = files(self.project)
        committed(self.project)
        self.proofs: list[Proof] = []
        self.found = Found()
        # Files in which the owner has settled a conflict before.
        self.settled: set[str] = set()
        # What the tools of today say of the release.
        self.known = {*soundness.faults(self.project)}

    def live(self) -> Found:
        """Make all steps, up to the first that shows something wrong."""
        for number, step in enumerate(self.life.steps):
            if step.startswith(UPDATE):
                self.update(step.removeprefix(UPDATE), number)
            else:
                self.edit(step, number)
            self.check(f"step {number}, {step}")
            if self.found.wrong():
                break
        return self.found

    def check(self, step: str) -> None:
        for proof in self.proofs:
            self.found.lost += [f"{step}: {lost}" for lost in proof.lost(self.project)]
        self.found.faults += [
            f"{step}: {fault}"
            for fault in soundness.faults(self.project)
            if fault not in self.known
        ]

    def edit(self, kind: str, number: int) -> None:
        """Make an edit; of another kind, if the project has nothing for this one."""
        dice = self.life.dice(number)
        owner = Owner(self.project, number, dice, self.proofs)
        for name in [kind, *dice.sample(self.life.kinds(), len(self.life.kinds()))]:
            try:
                proof = KINDS[name](owner)
            except NotHereError:
                git(self.project, "checkout", "--quiet", "--", ".")
                continue
            break
        soundness.fix(self.project)
        commit_all(self.project, name)
        self.proofs.append(proof)

    def update(self, tag: str, number: int) -> None:
        """Update as docs/updating.md says, and compare each file."""
        ours = files(self.project)
        own = own_format(ours)
        if own:
            updated_in_its_format(self.project, tag)
        else:
            updated(self.project, tag)
        answers = answers_of(self.project)
        fresh = self.folder / f"clean-{number}"
        new = files(rendered(self.template, tag, fresh, **answers))
        merged = states(formatted(self.clean, own), ours, formatted(new, own))
        self.clean = new
        self.found.updates += 1
        self.found.edits += len(self.proofs)

        for path in sorted(unmerged(self.project)):
            self.kind_of_conflict(path, merged[path]).append(path)
        self.found.lost += self.misplaced(merged)
        self.remove_moved()
        self.settle(merged)
        soundness.fix(self.project)
        commit_all(self.project, f"update to {tag}")

    def kind_of_conflict(self, path: str, three: States) -> list[str]:
        """Return the list that a conflict belongs to.

        It is right if lines of the owner touch lines that the release changed.
        """
        edited = path in self.settled or any(one.concerns(path) for one in self.proofs)
        return self.found.right if edited and three.touch() else self.found.false

    def misplaced(self, merged: dict[str, States]) -> Iterator[str]:
        """Yield the files that are not what git merges, and have no conflict."""
        now, conflicts = files(self.project), unmerged(self.project)
        for path, three in merged.items():
            if path in conflicts or path.startswith(OF_THE_COPY):
                continue
            try:
                expected = three.merged()
            except ConflictError:
                continue
            if now.get(path) != expected:
                yield f"{path} is not what its three states merge to"

    def settle(self, merged: dict[str, States]) -> None:
        for path in sorted(unmerged(self.project)):
            self.forget_renames(path, merged[path])
            try:
                settle(self.project, path, merged[path], self.is_right)
            except NotSettledError:
                self.found.faults.append(f"{path}: no side or both are right")
            self.settled.add(path)
        self.rename_again()

    def forget_renames(self, path: str, three: States) -> None:
        """Give up new names of functions that a release has not any more."""
        new = (three.new or b"").decode(errors="replace")
        for proof in self.proofs:
            if proof.kind == "renames" and proof.without.get(path, "") not in new:
                proof.forget(path)

    def is_right(self, path: str) -> bool:
        """Return whether a file is sound, and has what the owner did to it."""
        self.rename_again()
        data = (self.project / path).read_bytes()
        if soundness.unreadable(path.rpartition("/")[2], data):
            return False
        for proof in self.proofs:
            if any(f" {path} " in lost for lost in proof.lost(self.project)):
                return False
        if not path.endswith(".py"):
            return True
        if {*soundness.unresolved(files(self.project))} - self.known:
            return False
        ruff = (soundness.RUFF, "check", "--no-cache", "--select=F,E9", path)
        return attempt(self.project, *ruff).returncode == 0

    def rename_again(self) -> None:
        """Give functions that a release uses in new lines the owner's names."""
        for proof in self.proofs:
            if proof.kind != "renames" or not proof.texts:
                continue
            ((path, new),) = proof.texts.items()
            old, new = (
                text.removeprefix("def ").removesuffix("(")
                for text in (proof.without[path], new)
            )
            imported = f"from {path.removesuffix('.py').replace('/', '.')} import {old}"
            for file in self.project.rglob("*.py"):
                text = file.read_text()
                name = file.relative_to(self.project).as_posix()
                if name == path or imported in text:
                    renamed = re.sub(rf"(?<!\.)\b{old}\b", new, text)
                    if renamed != text:
                        file.write_text(renamed)
                        self.settled.add(name)

    def remove_moved(self) -> None:
        """Remove the old tests, as the message after the update says."""
        moved = attempt(self.project, sys.executable, "-Bm", "tests.support.moved")
        if (self.project / "tests/support/moved.py").exists():
            assert moved.returncode == 0, said(moved)
            for path in moved.stdout.split():
                (self.project / path).unlink()
