"""How lives tell a right conflict from a false one, and see what an update lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.rendering import git
from tests.support.rendering import run
from tests.update import projects_to_update
from tests.update.lives import living
from tests.update.lives.life import Life
from tests.update.lives.living import Living
from tests.update.lives.merging import ConflictError
from tests.update.lives.merging import States
from tests.update.published import WORK_TREE
from tests.update.starts import NEWEST

OLD = b"one\ntwo\nthree\nfour\nfive\n"


@pytest.mark.parametrize(
    ("ours", "new", "touch"),
    [
        (b"1\ntwo\nthree\nfour\nfive\n", b"one\ntwo\nthree\nfour\n5\n", False),
        (b"1\ntwo\nthree\nfour\nfive\n", b"one\ntwo\n3\nfour\nfive\n", False),
        (b"1\ntwo\nthree\nfour\nfive\n", b"one\n2\nthree\nfour\nfive\n", True),
        (b"1\ntwo\nthree\nfour\nfive\n", b"one\nnew\ntwo\nthree\nfour\nfive\n", True),
        (b"1\ntwo\nthree\nfour\nfive\n", b"one\ntwo\nnew\nthree\nfour\nfive\n", False),
        (OLD + b"mine\n", OLD + b"theirs\n", True),
        (OLD + b"mine\n", b"theirs\n" + OLD, False),
    ],
    ids=["far", "one line between", "beside", "an insertion beside",
         "an insertion with a line between", "both at the end", "both ends"],
)  # fmt: skip
def test_lines_touch_where_git_cannot_merge_them(
    ours: bytes, new: bytes, touch: bool
) -> None:
    states = States(OLD, ours, new)

    assert states.touch() is touch
    if touch:
        with pytest.raises(ConflictError):
            states.merged()
    else:
        assert states.merged()


@pytest.mark.parametrize(
    ("states", "merged"),
    [
        (States(OLD, OLD, b"new\n"), b"new\n"),
        (States(OLD, OLD, None), OLD),
        (States(OLD, None, b"new\n"), None),
        (States(OLD, b"mine\n", None), b"mine\n"),
        (States(None, b"mine\n", None), b"mine\n"),
        (States(None, None, b"new\n"), b"new\n"),
    ],
    ids=["not edited", "dropped by a release", "deleted by the owner",
         "edited, then dropped", "the owner's own", "new"],
)  # fmt: skip
def test_a_file_on_one_side_is_kept_or_arrives(
    states: States, merged: bytes | None
) -> None:
    assert states.merged() == merged


def test_a_life_finds_the_fault_of_an_old_release(
    published: Path, tmp_path: Path
) -> None:
    """Updates to releases before 0.7.0 replaced binary files."""
    steps = ["replace_icon", "update to v0.5.0"]
    life = Life(1, "v0.4.0", {"preset": "minimal"}, steps)

    found = Living(life, published, tmp_path).live()

    assert found.lost == [
        "step 1, update to v0.5.0: binary files: app/static/favicon.ico is another file"
    ]


def test_a_life_finds_an_edit_in_a_wrong_place_and_a_false_conflict(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def updated(project: Path, tag: str) -> None:
        projects_to_update.updated(project, tag)
        with (project / "app/core/headers.py").open("a") as file:
            file.write("\nfrom app.core import nothing\n\nMINE = nothing\n")
        path = "app/core/errors.py"
        blob = git(project, "rev-parse", f"HEAD:{path}").strip()
        entries = "".join(f"100644 {blob} {stage}\t{path}\n" for stage in (1, 2, 3))
        run(project, "sh", "-c", f"printf '0 {'0' * 40}\t{path}\n{entries}' "
            "| git update-index --index-info")  # fmt: skip

    monkeypatch.setattr(living, "updated", updated)
    life = Life(
        1, NEWEST, {"preset": "minimal"}, ["add_test", f"update to {WORK_TREE}"]
    )

    found = Living(life, published, tmp_path).live()

    assert found.false == ["app/core/errors.py"]
    assert found.lost == ["app/core/headers.py is not what its three states merge to"]
    assert "imports nothing of app.core" in "".join(found.faults)
