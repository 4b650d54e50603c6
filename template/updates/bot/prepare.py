"""The first half: an update in a second work tree, checked, as a branch and a text.

It runs the packages of the project and the code of the release, so it needs no token.

Maintained by copier-flask.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path

from updates.bot import host
from updates.bot import markdown
from updates.bot.conflicts import hunks
from updates.bot.conflicts import with_ours
from updates.bot.proposal import BUNDLE
from updates.bot.proposal import Proposal
from updates.checks import Check
from updates.checks import fix
from updates.checks import install
from updates.checks import run_checks
from updates.database import compare
from updates.database import model_files
from updates.database import Models
from updates.git import git
from updates.git import names
from updates.processes import run
from updates.report import Report
from updates.trial import Trial
from updates.trial import tried

NAME = "Template update"
EMAIL = "template-update@bot.invalid"
REF = "refs/template-update/tip"


def prepare(project: Path, branch: str, folder: Path) -> Proposal:
    """Write a proposal and its commits into a folder, and return the proposal.

    `branch` is the one to merge into. Raises `UpdateError` if the update fails.
    """
    with tried(project, ()) as trial:
        if trial.changes:
            proposal = proposed(trial, branch)
            bundle(trial.folder, proposal, folder / BUNDLE)
        else:
            proposal = Proposal(safe(trial.report.new), trial.commit)
    proposal.write(folder)
    return proposal


def proposed(trial: Trial, branch: str) -> Proposal:
    """Return the proposal of an update, after its checks."""
    marked = texts(trial)
    results, models = checked(trial, marked)
    head, whole, protected = commits(trial)
    update = markdown.Update(
        report=trial.report,
        branch=branch,
        base=trial.commit,
        checks=results,
        models=models,
        conflicts={name: hunks(text) for name, text in marked.items()},
        protected=protected,
    )
    return Proposal(
        release=safe(trial.report.new),
        base=trial.commit,
        head=head,
        whole=whole,
        title=title(trial.report.new, len(marked)),
        body=markdown.body(update, whole=True),
        body_of_head=markdown.body(update, whole=False),
        digest=digest(head, whole, results, models, trial.report),
    )


def texts(trial: Trial) -> dict[str, str]:
    """Return the files that have the marks of conflicts."""
    found = {}
    for conflict in trial.conflicts:
        path = trial.folder / conflict.path
        content = path.read_bytes() if path.is_file() else b""
        found[conflict.path] = content.decode("utf-8", "surrogateescape")
    return found


def checked(trial: Trial, marked: dict[str, str]) -> tuple[list[Check], Models]:
    """Stage the update, and return what the checks and the models say of it.

    The index keeps the marks of conflicts. The files get the project's side, because
    the checks would say nothing but that there are marks.
    """
    folder = trial.folder
    git(folder, "add", "--all", ".")
    for name, text in marked.items():
        if hunks(text):
            settled = with_ours(text).encode("utf-8", "surrogateescape")
            (folder / name).write_bytes(settled)

    files = model_files(folder, trial.changes)
    installed = install(folder)
    if not installed.passed:
        return [installed], Models(files, None, "the packages cannot be installed")
    fix(folder)
    others = (f":(exclude,literal){name}" for name in marked)
    git(folder, "add", "--update", "--", ".", *others)
    return run_checks(folder), compare(folder, files)


def commits(trial: Trial) -> tuple[str, str, list[str]]:
    """Return the commit of the index without protected files, and the one with them.

    The second is empty, and the list of the files too, if none has changed. The same
    content gives the same commits.
    """
    folder, base = trial.folder, trial.commit
    changed = names(folder, "diff", "--cached", "--name-only", "-z", base)
    protected = [
        name for name in changed if host.PROTECTED and name.startswith(host.PROTECTED)
    ]
    everything = git(folder, "write-tree").strip()
    message = f"Update the template to {safe(trial.report.new)}"
    if not protected:
        return commit(trial, everything, base, message), "", []

    paths = (f":(top,literal){name}" for name in protected)
    git(folder, "reset", "--quiet", base, "--", *paths)
    head = commit(trial, git(folder, "write-tree").strip(), base, message)
    whole = commit(trial, everything, head, f"{message}: workflows")
    return head, whole, protected


def commit(trial: Trial, tree: str, parent: str, message: str) -> str:
    """Return a commit by the bot, dated as the one that the update is made for."""
    show = ("show", "--no-patch", "--format=%cI", trial.commit)
    date = git(trial.folder, *show).strip()
    who = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", NAME), ("EMAIL", EMAIL), ("DATE", date))
    }
    command = ("git", "commit-tree", tree, "-p", parent, "-m", message)
    return run(trial.folder, *command, variables=who).output.strip()


def bundle(folder: Path, proposal: Proposal, file: Path) -> None:
    """Write the commits into a file. Raises `UpdateError`."""
    git(folder, "update-ref", REF, proposal.whole or proposal.head)
    try:
        git(folder, "bundle", "create", "--quiet", str(file), REF, f"^{proposal.base}")
    finally:
        git(folder, "update-ref", "-d", REF)


def safe(release: str | None) -> str:
    """Return a release without what would say more than its name."""
    return re.sub(r"[^\w.+-]", "", release or "", flags=re.ASCII)[:40] or "unknown"


def title(release: str | None, conflicts: int) -> str:
    files = "1 file" if conflicts == 1 else f"{conflicts} files"
    warning = f": {files} in conflict" if conflicts else ""
    return f"Update the template to {safe(release)}{warning}"


def digest(
    head: str, whole: str, checks: Sequence[Check], models: Models, report: Report
) -> str:
    """Return what changes if a reader has something new to read; no times are in it."""
    results = [[check.name, check.passed] for check in checks]
    facts = [head, whole, results, models.changed, report.as_json()]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
