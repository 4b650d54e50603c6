"""The versions of the packages that are measured, as files with hashes.

As a script, `python -m benchmarks.pins`, it writes them again: the packages that the
projects declare, in their newest versions, and the tools that render a template.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from tests.support.rendering import BIN
from tests.support.rendering import copied_tree
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT

FOLDER = Path(__file__).parent / "pins"
APPLICATIONS = FOLDER / "applications.txt"
TOOLS = FOLDER / "tools.txt"
RENDERERS = ("copier", "cookiecutter")

# A full project with each server that is measured.
MEASURED = ({"preset": "full"}, {"preset": "full", "server": "granian"})


def compile_to(target: Path, *sources: Path) -> None:
    """Pin what the sources declare, and all that it needs."""
    command = [
        str(BIN / "uv"), "pip", "compile", "--quiet", "--generate-hashes",
        "--universal", "--python-version=3.11", "--no-emit-index-url", "--no-header",
        "--no-annotate", "--upgrade", f"--output-file={target}", *map(str, sources),
    ]  # fmt: skip
    subprocess.run(command, check=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        render = Renderer(copied_tree(ROOT, folder / "template"), folder)
        projects = [render(**answers) / "pyproject.toml" for answers in MEASURED]
        more = folder / "pytest.in"
        more.write_text("pytest\n")
        compile_to(APPLICATIONS, *projects, more)
        tools = folder / "tools.in"
        tools.write_text("\n".join(RENDERERS) + "\n")
        compile_to(TOOLS, tools)


if __name__ == "__main__":
    main()
