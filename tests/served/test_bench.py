"""`just bench` measures the server of a project, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.rendering import attempt
from tests.support.rendering import BIN
from tests.support.rendering import said
from tests.support.running.projects import program

BENCH = (str(BIN / "uv"), "run", "just", "bench")


@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_bench_prints_a_row_for_each_number_of_workers(
    server: str, installed: Callable[..., Path]
) -> None:
    program("h2load")
    done = attempt(installed(preset="api", server=server), *BENCH, "--requests=20")

    assert done.returncode == 0, said(done)
    heading, *rows = [line.split() for line in done.stdout.splitlines()]
    assert heading[0] == "workers"
    assert [row[0] for row in rows] == ["1", "2", "4"]
    for row in rows:
        assert len(row) == 4
        assert re.fullmatch(r"\d+", row[1])
        assert float(row[3]) > 10


@pytest.mark.parametrize(
    ("arguments", "settings", "said_so"),
    [
        (["/no-such-page"], {}, "Not every request had a 200"),
        (["example.com"], {}, "the path must begin with a slash"),
        (["--requests=1000000"], {}, "--requests must be from"),
        ([], {"DATABASE_URL": "nonsense"}, "The server did not start:\nDATABASE_URL"),
    ],
    ids=["an error", "another machine", "no end", "a wrong start"],
)
def test_bench_refuses_what_gives_no_figure(
    arguments: list[str],
    settings: dict[str, str],
    said_so: str,
    installed: Callable[..., Path],
) -> None:
    program("h2load")
    project = installed(preset="api", server="gunicorn")
    done = attempt(project, *BENCH, *arguments, **settings)

    assert done.returncode != 0
    assert said_so in said(done)
