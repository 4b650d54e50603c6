"""How ratios are made, kept and shown."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from benchmarks import __main__ as command
from benchmarks import history
from benchmarks import loads
from benchmarks import page
from benchmarks import pins
from benchmarks import processes
from benchmarks.measure import constant
from benchmarks.measure import Costs
from benchmarks.measure import in_turns
from benchmarks.measure import Ratio
from benchmarks.measures import Measure
from benchmarks.measures import peer
from benchmarks.measures import statements
from benchmarks.place import Place
from benchmarks.registry import MEASURES
from benchmarks.scale import SHORT
from template.deploy import bench
from tests.support.rendering import Renderer


def equal(place: object) -> Ratio:
    return constant(1)


LESS = Measure("1", "work of ours / of others", 1.5, equal)
MORE = Measure("2.1", "rows of ours / of others", 3, equal, more=True)


def runs(number: str, *values: float) -> list[history.Run]:
    return [{number: value} for value in values]


# Ratios.


def test_both_sides_run_in_turns() -> None:
    order: list[str] = []

    def side(name: str) -> float:
        order.append(name)
        return len(order)

    costs = in_turns(lambda: side("A"), lambda: side("B"), 2)

    assert order == ["A", "B", "A", "B"]
    assert costs == Costs([1, 3], [2, 4])


def test_a_ratio_is_that_of_the_medians_with_the_rounds_around_it() -> None:
    ratio = Costs([2, 30, 4], [1, 3, 4]).ratio("note")

    assert ratio == Ratio(4 / 3, 1, 10, "note")


@pytest.mark.parametrize("cost", [0, -1, float("nan")])
def test_a_round_that_cost_nothing_is_no_ratio(cost: float) -> None:
    with pytest.raises(ValueError, match="cost nothing"):
        Costs([1, 1], [1, cost]).ratio()


def test_one_run_of_the_peer_is_compared_with_both_recipes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    order: list[str] = []
    spent = {"theirs": 8.0, peer.OWN: 1.0, peer.ALL: 4.0}

    def side(place: Place, folder: Path, name: str = "theirs") -> float:
        folder.mkdir()
        order.append(name)
        return spent[name]

    monkeypatch.setattr(peer, "theirs", side)
    monkeypatch.setattr(peer, "ours", side)
    place = Place(tmp_path, SHORT)

    ratios = [measure.run(place).value for measure in peer.MEASURES]
    assert ratios == [8, 2]
    rounds = ["theirs", peer.OWN, peer.ALL] * SHORT.slow_rounds
    assert order == ["theirs", peer.OWN, *rounds]
    assert not list(tmp_path.iterdir())


# CPU and memory.

CHILD = "import time\nwhile time.process_time() < 0.3: pass"


def parent_of(code: str) -> str:
    """Return a program that runs another one, and waits for it."""
    return f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"


def test_a_command_costs_what_its_children_cost(tmp_path: Path) -> None:
    idle, busy = (
        processes.finished(
            tmp_path, sys.executable, "-c", code, environment=os.environ
        ).cpu
        for code in ("", parent_of(CHILD))
    )

    # The child works for 0.3 s; the kernel counts in hundredths.
    assert busy - idle > 0.25


def test_a_command_that_fails_is_no_figure(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="no such thing"):
        processes.finished(
            tmp_path, sys.executable, "-c", "exit('no such thing')", environment={}
        )


def test_a_tree_has_the_memory_and_the_time_of_its_children() -> None:
    taking = f"kept = bytes(range(256)) * 400_000\n{CHILD}\nprint('taken', flush=True)"
    code = f"{taking}\nimport time; time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", parent_of(parent_of(code))],
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout
        process.stdout.readline()
        tree = bench.tree(process.pid)
        with processes.peak_of(process.pid) as peak:
            memory = processes.memory(tree)
            time.sleep(0.1)
        seconds = processes.cpu_seconds(process.pid)
        os.killpg(process.pid, signal.SIGKILL)

    assert len(tree) == 3
    assert memory > 100 * processes.MIB
    assert peak.highest > 100 * processes.MIB
    assert 0.3 <= seconds < 60


def test_a_process_that_ends_while_a_tree_is_read_counts_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    listed = [os.getpid(), ended.pid]
    monkeypatch.setattr(bench, "tree", lambda root: listed)

    assert bench.memory(os.getpid()) > 0
    assert bench.cpu_seconds(os.getpid()) > 0
    assert processes.cpu_seconds(os.getpid()) > 0


def test_only_a_run_of_just_bench_needs_linux(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")

    again = importlib.reload(bench)

    with pytest.raises(SystemExit, match="Only Linux"):
        again.main()


def test_the_types_of_just_bench_are_right_on_windows_too(tmp_path: Path) -> None:
    # `just types` of a project looks at all files, on the machine of its owner.
    source = str(shutil.copy(bench.__file__, tmp_path))
    mypy = (sys.executable, "-m", "mypy", "--strict", "--platform=win32")

    processes.finished(tmp_path, *mypy, source, environment=os.environ)


# Loads.


@pytest.mark.parametrize("url", ["http://192.168.0.1/", "http://example.com/"])
def test_only_loopback_is_sent_requests(url: str) -> None:
    with pytest.raises(ValueError, match="is sent requests"):
        loads.load([url], 10)


@pytest.mark.parametrize("requests", [0, loads.MAX_REQUESTS + 1])
def test_a_load_has_an_end(requests: int) -> None:
    with pytest.raises(ValueError, match="at most"):
        loads.load(["http://127.0.0.1:1/"], requests)


def test_a_load_with_an_error_is_no_figure() -> None:
    report = (
        "finished in 1s, {} req/s, 1MB/s\nstatus codes: {} 2xx, {} 3xx, 0 4xx, 0 5xx"
    )

    assert loads.read(report.format("10.5", 10, 0), 10) == loads.Load(10, 10.5)
    for wrong in (report.format("10.5", 9, 1), "", report.format("10.5", 9, 0)):
        with pytest.raises(RuntimeError, match="not every request"):
            loads.read(wrong, 10)


# The history.


@pytest.mark.parametrize(
    ("measure", "values"),
    [
        (LESS, [1.0, 1.0, 1.2, 1.2, 1.2]),
        (MORE, [3.0, 3.0, 2.5, 2.4, 2.5]),
        # A little in each run.
        (LESS, [1 + run / 50 for run in range(30)]),
        # What was gained is lost again.
        (LESS, [*[2.0] * 20, *[1.0] * 20, 1.5, 1.5, 1.5]),
        (MORE, [3.0, 0, 0, 0]),
    ],
)
def test_a_ratio_that_is_worse_in_three_runs_is_named(
    measure: Measure, values: list[float]
) -> None:
    (line,) = history.worse(runs(measure.number, *values), [LESS, MORE])

    assert line.startswith(f"{measure.number}. {measure.title}: {values[-3]:.2f}, ")


@pytest.mark.parametrize(
    ("measure", "values"),
    [
        (LESS, [1.0, 1.0, 2.0, 1.0, 2.0]),
        (LESS, [1.0, 1.0, 1.1, 1.1, 1.1]),
        (LESS, [2.0, 1.0, 1.0, 1.0]),
        (MORE, [3.0, 9.0, 9.0, 9.0]),
        (LESS, [2.0, 2.0, 2.0]),
        (LESS, []),
    ],
)
def test_a_busy_run_or_a_better_one_is_no_finding(
    measure: Measure, values: list[float]
) -> None:
    assert history.worse(runs(measure.number, *values), [LESS, MORE]) == []


def test_the_command_fails_in_the_third_run_that_is_worse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(value: float) -> int:
        found = {MEASURES[0].number: constant(value)}
        monkeypatch.setattr(command, "measured", lambda *given: found)
        return command.main([f"--history={tmp_path / 'ratios.jsonl'}"])

    assert [run(value) for value in (1, 1, 2, 2)] == [0, 0, 0, 0]
    assert run(2) == 1
    assert "worse in 3 runs: 1. JSON view" in capsys.readouterr().out


def test_the_history_keeps_the_newest_runs(tmp_path: Path) -> None:
    path = tmp_path / "folder/history.jsonl"
    for run in range(history.KEPT + 2):
        history.append(path, {"1": constant(run)})

    kept = history.read(path)
    assert [kept[0], kept[-1]] == [{"1": 2}, {"1": history.KEPT + 1}]
    assert len(kept) == history.KEPT


# The page.


def test_the_page_has_each_measure_and_its_goal() -> None:
    text = page.PAGE.read_text()

    assert page.table({}, text) == page.between(text, "ratios"), "run: just record"


def test_a_run_keeps_the_rows_that_it_did_not_measure() -> None:
    first, second, *_ = MEASURES
    text = page.PAGE.read_text()
    once = page.replaced(text, "ratios", page.table({first.number: constant(1)}, text))
    twice = page.table({second.number: Ratio(2, 1, 3, "a note")}, once)

    rows = page.rows_of(twice)
    assert " | 1.00 | 1.00 to 1.00 | " in rows[first.number]
    assert " | 2.00 | 1.00 to 3.00; a note | " in rows[second.number]
    assert list(rows) == [measure.number for measure in MEASURES]


def test_the_command_writes_both_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (copy := tmp_path / "page.md").write_text(page.PAGE.read_text())
    monkeypatch.setattr(page, "PAGE", copy)
    found = {MEASURES[0].number: constant(7)}
    monkeypatch.setattr(command, "measured", lambda *given: found)
    visits = {"GET /, visitor, 200": ["SELECT", "SELECT"]}
    monkeypatch.setattr(statements, "statements", lambda place: visits)

    assert command.main(["--write"]) == 0
    text = copy.read_text()
    assert " | 7.00 | " in page.rows_of(page.between(text, "ratios"))["1"]
    (row,) = page.between(text, "statements").splitlines()[2:]
    assert row == "| `GET /` | visitor | 200 | 2 SELECT |"


def test_a_row_whose_measure_has_changed_has_no_figure() -> None:
    old = page.row(LESS, constant(1))

    assert page.kept(LESS, {"1": old}) == old
    for changed in (
        Measure("1", "work of ours / of others", 1.2, equal),
        Measure("1", "work of ours", 1.5, equal),
    ):
        assert page.UNKNOWN in page.kept(changed, {"1": old})


@pytest.mark.parametrize(
    ("measure", "value", "cells"),
    [
        (LESS, 1.5, "at most 1.5 | yes |"),
        (LESS, 1.6, "at most 1.5 | no |"),
        (MORE, 3, "at least 3 | yes |"),
        (MORE, 2.9, "at least 3 | no |"),
    ],
)
def test_a_row_says_whether_the_goal_is_reached(
    measure: Measure, value: float, cells: str
) -> None:
    assert page.row(measure, constant(value)).endswith(cells)


def test_measures_have_a_number_each() -> None:
    numbers = [measure.number for measure in MEASURES]

    assert len(numbers) == len(set(numbers))


# The pins.


def test_the_pins_have_what_the_measured_projects_declare(render: Renderer) -> None:
    lines = pins.APPLICATIONS.read_text().splitlines()
    pinned = {
        canonicalize_name(line.split("==")[0]): line.split("==")[1].split()[0]
        for line in lines
        if "==" in line
    }
    for answers in pins.MEASURED:
        project = tomllib.loads((render(**answers) / "pyproject.toml").read_text())
        for text in project["project"]["dependencies"]:
            declared = Requirement(text)
            version = pinned[canonicalize_name(declared.name)]
            assert declared.specifier.contains(version), f"{text}: run just pin"
