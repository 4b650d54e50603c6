"""Known issue: concurrent async views fail under gevent (pallets/flask#5881).

With patched modules, asyncio sees a single thread, which can have one running loop.
The server of this project patches nothing, so async views work as long as no module
patches. The answer `gunicorn-gevent` to `server` adds code that makes both work.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MODULES = [*sorted((ROOT / "app").rglob("*.py")), *sorted(ROOT.glob("*.py"))]

PATCHES = {"patch_all", "patch_thread", "monkey_patch"}


def patches(source: str) -> list[int]:
    """Return the numbers of the lines that import gevent's monkey patching."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.stmt | ast.expr) and is_patch(node)
    ]


def is_patch(node: ast.stmt | ast.expr) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name == "gevent.monkey" for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        names = {f"{node.module}.{alias.name}" for alias in node.names}
        return node.module == "gevent.monkey" or "gevent.monkey" in names
    if isinstance(node, ast.Call):
        return ast.unparse(node.func).rpartition(".")[2] in PATCHES
    return False


@pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_no_module_patches_the_standard_library(path: Path) -> None:
    assert patches(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "code",
    [
        "import gevent.monkey",
        "from gevent import monkey",
        "from gevent.monkey import patch_socket",
        "monkey.patch_all()",
        "eventlet.monkey_patch()",
    ],
)
def test_a_patch_is_reported(code: str) -> None:
    assert patches(f"import os\n\n\ndef work():\n    {code}\n") == [5]


def test_other_code_is_not_reported() -> None:
    assert patches("import gevent\n\nmonkeypatch.setattr(os, 'getpid', int)\n") == []
