"""Why a command does not start, each in one line with its remedy.

docs/copier-flask.md lists them.

Maintained by copier-flask.
"""

from __future__ import annotations

from updates.errors import UpdateError

TEXTS = {
    "no repository": (
        "This folder is not a Git repository: an update merges into commits, so run "
        "git init, git add --all, and git commit."
    ),
    "no commit": (
        "This repository has no commit: an update merges into commits, so run "
        "git add --all, and git commit."
    ),
    "lost": (
        ".copier-answers.yml is missing: it is in a former commit, so run "
        "git checkout {commit} -- .copier-answers.yml, and commit."
    ),
    "never": (
        ".copier-answers.yml is not here, and in no commit: it records the release and "
        'the answers, see "When an update does not start" in docs/copier-flask.md.'
    ),
    "marks": (
        ".copier-answers.yml has the marks of a merge: keep one side of each, commit, "
        "and try again."
    ),
    "unreadable": (
        ".copier-answers.yml has no {key}: git log -p -- .copier-answers.yml shows its "
        "former lines; put them back, and commit."
    ),
    "dirty": (
        "There are uncommitted changes ({files}): commit them, or git stash, and try "
        "again."
    ),
    "pending": (
        "The last update is not committed: commit it, or go back with "
        "just update --abort."
    ),
    "not committed": (
        ".copier-answers.yml is not committed: an update merges into commits, so run "
        "git add --all, git add --force .copier-answers.yml, and git commit."
    ),
    "hidden": (
        "The release changes {path}, whose changes Git was told not to see: run "
        "git update-index --no-skip-worktree --no-assume-unchanged {path}, commit or "
        "git stash, and try again."
    ),
    "in the way": (
        "The release brings {path}, which is here and not in Git: commit it or move "
        "it, and try again."
    ),
    "moved": (
        "The template cannot be read at {address} ({said}): if it has moved, change "
        "_src_path in .copier-answers.yml, commit, and try again."
    ),
    "release gone": (
        "The template at {address} has no tag {release}, the release that this project "
        "has: ask its maintainer for that tag."
    ),
    "unknown release": (
        "The template at {address} has no {release}: the newest release is {newest}."
    ),
    "no release": (
        "The template at {address} has no release: if it has moved, change _src_path "
        "in .copier-answers.yml, commit, and try again."
    ),
    "downgrade": (
        "This project has {release}, and an update goes forward only, not to {newest}: "
        "wait for a newer release, or name one with --vcs-ref."
    ),
    "nothing to abort": (
        "There is no update to go back from: the files are as the last commit has them."
    ),
    "committed": (
        "There are commits since the update: undo it with git revert, or go back to "
        "{commit}, the commit before it."
    ),
    "no copier": (
        "uvx could not start Copier ({said}): it downloads it once, so connect to the "
        "network, and try again."
    ),
}


def refusal(name: str, **values: object) -> UpdateError:
    """Return the error with a text of this page."""
    return UpdateError(TEXTS[name].format(**values))
