"""Imports of the owner in app/api, where a release changes those of the template.

0.14.0 had such a conflict: an owner's import was between two of the template, one of
which the release replaced. Below the comment for imports no release writes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.editing import edit
from tests.support.rendering import commit_all
from tests.support.rendering import git
from tests.update.projects_to_update import check
from tests.update.projects_to_update import committed
from tests.update.projects_to_update import Expected
from tests.update.projects_to_update import rendered
from tests.update.projects_to_update import updated
from tests.update.published import release
from tests.update.published import WORK_TREE
from tests.update.scenarios import below
from tests.update.starts import NEWEST

TO_COME = "v1002.0.0"
FILES = ("app/api/routes.py", "app/api/schemas.py")
MINE = "import decimal\n\nfrom app.main import bp as main_bp\n"
PLACES = {
    "after the last": lambda text, last: text.replace(last, f"{last}{MINE}"),
    "before the last": lambda text, last: text.replace(last, f"{MINE}{last}"),
}


def last_import(text: str) -> str:
    """Return the last line of a module that imports at its top."""
    lines = text.splitlines(keepends=True)
    return [line for line in lines if line.startswith("from ")][-1]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("preset", ["api", "minimal"])
def test_the_comment_comes_beside_imports_of_the_owner(
    preset: str, place: str, published: Path, tmp_path: Path
) -> None:
    answers = {"preset": preset, "api": True}
    ours = committed(rendered(published, NEWEST, tmp_path / "project", **answers))
    for name in FILES:
        text = (ours / name).read_text()
        (ours / name).write_text(PLACES[place](text, last_import(text)))
    commit_all(ours, "imports")

    updated(ours, WORK_TREE)

    check(ours, WORK_TREE, Expected(edits=dict.fromkeys(FILES, MINE)))
    for name in FILES:
        assert "\n# Add your imports below this line.\n" in (ours / name).read_text()


def test_a_release_that_changes_imports_leaves_those_of_the_owner(
    published: Path, tmp_path: Path
) -> None:
    template = tmp_path / "template"
    git(tmp_path, "clone", "--quiet", str(published), str(template))
    git(template, "checkout", "--quiet", WORK_TREE)
    api = template / "template/app/api"
    edit(
        api / "routes_users.py",
        "from app.extensions import db\nfrom app.models import User\n",
        "from app.core import texts\nfrom app.extensions import db as database\n",
    )
    edit(
        api / "schemas_users.py",
        "from app.api.requests import ListQuery\nfrom app.api.requests import Schema\n",
        "from app.api.requests import Schema\nfrom app.core.rules import Setting\n",
    )
    release(template, TO_COME)
    ours = committed(rendered(template, WORK_TREE, tmp_path / "ours", preset="api"))
    for name in FILES:
        below(ours, name, "# Add your imports", MINE)
    commit_all(ours, "imports")

    updated(ours, TO_COME)

    check(ours, TO_COME, Expected(edits=dict.fromkeys(FILES, MINE)))
