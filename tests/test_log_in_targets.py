"""No target that the log-in accepts leads to another site in a browser."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.running.projects import program

TRIES = 500_000

# Text that programs and browsers may parse differently.
PIECES = [
    *"/\\.:@?#%&=;|<>\"'`{}[]^~ ",
    *("\t", "\n", "\r", "\0", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\xa0", "\xad"),
    *("\u2028", "\u2029", "\u202e", "\ufeff", "\u200b", "\ud800", "\U0001f600"),
    *("\u3002", "\uff0e", "\uff0f", "\uff3c", "\u2044", "\u2215", "\u29f8", "\u0130"),
    *("%2f", "%2F", "%5c", "%5C", "%09", "%0a", "%0d", "%00", "%2e%2e", "%ff", "%"),
    *("..", "./", "../", "//", "/\\", "\\/", "///", "/./", "/../", "/.//", "/%2e/"),
    *("evil.example", "https:", "http:", "javascript:", "data:", "@evil.example"),
    *("site.example", "shop", "a", "caf\xe9", "\u65e5\u672c", "?next=", ":443"),
]  # fmt: skip

RESOLVE = """
const targets = JSON.parse(require("fs").readFileSync(0, "utf8"));
const bases = ["https://site.example/auth/login", "https://site.example/shop/auth/"];
const leaves = (target, base) => {
  if (!URL.canParse(target, base)) return true;
  const url = new URL(target, base);
  const slashes = url.pathname.startsWith("//");
  return url.origin !== "https://site.example" || url.username || slashes;
};
const away = targets.filter((target) => bases.some((base) => leaves(target, base)));
console.log(JSON.stringify(away));
"""


QUOTE = """
import json, sys
from app.accounts.redirects import quoted_path

print(json.dumps([quoted_path(target) for target in json.load(sys.stdin)]))
"""


def quoted(project: Path, targets: list[str]) -> list[str | None]:
    """Return the path that the project makes of each target."""
    done = subprocess.run(
        [project / ".venv/bin/python", "-c", QUOTE],
        cwd=project,
        input=json.dumps(targets),
        text=True,
        check=True,
        capture_output=True,
        timeout=60,
    )
    paths: list[str | None] = json.loads(done.stdout)
    return paths


def generated() -> list[str]:
    choose = random.Random(15)  # noqa: S311  # the same strings in each run
    return [
        "/" * (choose.random() < 0.9) + "".join(choose.choices(PIECES, k=length))
        for length in (choose.randint(1, 6) for _ in range(TRIES))
    ]


def that_leave(targets: list[str]) -> list[str]:
    """Return the targets that lead to another site, by the WHATWG URL parser."""
    done = subprocess.run(
        [program("node"), "-e", RESOLVE],
        input=json.dumps(targets),
        text=True,
        check=True,
        capture_output=True,
        timeout=60,
    )
    away: list[str] = json.loads(done.stdout)
    return away


def test_no_target_leaves_the_site(
    installed: Callable[..., Path], record_property: Callable[..., None]
) -> None:
    project = installed(preset="full")
    accepted = sorted({path for path in quoted(project, generated()) if path})

    record_property("targets resolved", len(accepted))
    assert len(accepted) >= 100_000
    assert all(path.isascii() and path.isprintable() for path in accepted)
    assert quoted(project, accepted) == accepted
    assert that_leave(accepted) == []


@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil.example", "/\t/evil.example"]
)
def test_the_parser_finds_targets_that_leave_the_site(target: str) -> None:
    assert that_leave(["/a", target]) == [target]
