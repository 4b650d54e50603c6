"""Projects that format with another line length, which `just update` merges."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.rendering import run
from tests.support.rendering import said
from tests.update.lives import soundness
from tests.update.lives.merging import Files
from tests.update.recipes import command

SETTINGS = "pyproject.toml"


def own_format(project: Files) -> bytes | None:
    """Return the settings of a project with another line length, else None."""
    settings = project[SETTINGS]
    return settings if b"line-length" in settings else None


def updated_in_its_format(project: Path, tag: str) -> None:
    """Do the merge of `just update`."""
    done = command(project, "update", "--merge-only", "--vcs-ref", tag)
    # 1: there are conflicts.
    assert done.returncode in {0, 1}, said(done)


def formatted(content: Files, settings: bytes | None) -> Files:
    """Return files with the modules in the format of a project's settings."""
    if settings is None:
        return content
    modules = {path: data for path, data in content.items() if path.endswith(".py")}
    with TemporaryDirectory() as place:
        folder = Path(place)
        for path, data in {**modules, SETTINGS: settings}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        run(folder, soundness.RUFF, "format", "--no-cache", "--quiet", ".")
        return content | {path: (folder / path).read_bytes() for path in modules}
