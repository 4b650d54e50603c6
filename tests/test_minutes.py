"""Runs end with the minutes of their layers, and scripts with those of their stages."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.support.minutes import layer_of
from tests.support.rendering import attempt
from tests.support.rendering import ROOT

BUSY = "import time\nwhile time.process_time() < 1.2: pass"
TESTS = {
    "tests/busy/test_a.py": f"""
import subprocess, sys

def test_a_program_is_busy():
    subprocess.run([sys.executable, "-c", {BUSY!r}], check=True)
""",
    "tests/idle/test_b.py": """
import time

def test_it_waits():
    time.sleep(1.2)

def test_it_fails():
    assert not time
""",
}
SCRIPT = f"""
set -euo pipefail
source {ROOT}/.ci/stages
stage "a program is busy"
{sys.executable} -c '{BUSY}'
stage "it waits"
sleep 1.2
stage "it ends"
END
stage "never"
"""
TEST_ROW = re.compile(r"^ *(\d+) +([\d.]+) +([\d.]+)  (tests/\S+)$", re.MULTILINE)
STAGE_ROW = re.compile(r"^ *([\d.]+) +([\d.]+)  (.+)$", re.MULTILINE)


@pytest.mark.parametrize("processes", [0, 2])
def test_a_run_ends_with_the_minutes_of_each_layer(
    processes: int, tmp_path: Path
) -> None:
    for name, text in {
        "pytest.ini": "[pytest]\n",
        "conftest.py": (
            "from tests_minutes import Minutes\n"
            "def pytest_configure(config):\n"
            '    config.pluginmanager.register(Minutes(), "minutes")\n'
        ),
        "tests_minutes.py": (ROOT / "tests/support/minutes.py").read_text(),
        **TESTS,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider")
    done = attempt(tmp_path, *command, f"--numprocesses={processes}")
    rows = {
        layer: (int(tests), float(wall), float(processor))
        for tests, wall, processor, layer in TEST_ROW.findall(done.stdout)
    }

    assert "1 failed, 2 passed" in done.stdout
    assert {layer: row[0] for layer, row in rows.items()} == {
        "tests/busy": 1, "tests/idle": 2,
    }  # fmt: skip
    assert 0.02 <= rows["tests/busy"][2] < 0.2
    assert rows["tests/idle"][1] >= 0.02 > rows["tests/idle"][2]


def test_a_layer_is_a_folder() -> None:
    assert layer_of("tests/test_a.py::test_b[c/d]") == "tests/test_*.py"
    assert layer_of("tests/update/test_a.py::test_b") == "tests/update"
    assert layer_of("tests/planted/more/test_a.py") == "tests/planted"


@pytest.mark.parametrize(
    ("end", "last"),
    [("true", "never"), ("false", "it ends (failed)"), ("exit 3", "it ends (failed)")],
)
def test_a_script_ends_with_the_minutes_of_its_stages(
    end: str, last: str, tmp_path: Path
) -> None:
    done = attempt(tmp_path, "bash", "-c", SCRIPT.replace("END", end))
    rows = [
        (float(wall), float(processor), name)
        for wall, processor, name in STAGE_ROW.findall(done.stdout)
    ]
    busy, waits, *_, before_all, all_ = rows

    assert done.returncode == {"true": 0, "false": 1, "exit 3": 3}[end]
    assert (busy[2], waits[2]) == ("a program is busy", "it waits")
    assert busy[0] >= busy[1] >= 0.02
    assert waits[0] >= 0.02 > waits[1]
    assert before_all[2] == last
    assert all_[2] == "all"
    assert all_[0] >= 0.04


@pytest.mark.parametrize("script", ["run", "nightly"])
def test_ci_begins_a_stage_before_each_of_its_layers(script: str) -> None:
    text = (ROOT / f".ci/{script}").read_text()

    assert "source .ci/stages" in text
    before = ""
    for line in text.splitlines():
        if re.match(r"\.venv/bin/|bash -c|source .ci/install", line):
            assert re.search(r"^stage ", before, re.MULTILINE), line
            before = ""
        before += line + "\n"
