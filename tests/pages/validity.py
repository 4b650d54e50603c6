"""HTML that html-validate checks, with the versions of html/package-lock.json."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support.rendering import run
from tests.support.running.projects import program

HTML = Path(__file__).with_name("html")
COMMAND = ("node_modules/.bin/html-validate", "--formatter=json", "*.html")


def install(folder: Path) -> None:
    """Install html-validate in a folder, or skip the test without npm."""
    npm = program("npm")
    shutil.copytree(HTML, folder, dirs_exist_ok=True)
    run(folder, npm, "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts")


def faults(folder: Path, pages: Mapping[str, str]) -> list[str]:
    """Return what is wrong with pages, which are HTML by name."""
    names = list(pages)
    for number, name in enumerate(names):
        (folder / f"{number}.html").write_text(pages[name])
    # Into a file: of a pipe, node writes the first 64 kB and ends.
    report = folder / "report.json"
    with report.open("w") as output:
        status = subprocess.run(COMMAND, cwd=folder, stdout=output, check=False)
    assert status.returncode in {0, 1}
    return [
        f"{names[int(Path(page['filePath']).stem)]}, line {fault['line']}: "
        f"{fault['message']} ({fault['ruleId']})"
        for page in json.loads(report.read_text())
        for fault in page["messages"]
    ]
