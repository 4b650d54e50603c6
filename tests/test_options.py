"""The options of these tests, and that nothing else steers them."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from tests.support import options
from tests.support.facts.answers import parsed
from tests.support.rendering import attempt
from tests.support.rendering import ROOT
from tests.support.rendering import run
from tests.support.rendering import said
from tests.support.running.projects import program

READ = {"os.environ", "os.environ.get", "os.getenv"}
# What is set for other programs, or by the plugin that runs tests in parallel.
NOT_OURS = {
    "GIT_CONFIG_GLOBAL",
    "PATH",
    "PYENV_ROOT",
    "PYTEST_XDIST_WORKER",
    "RUNNER_TOOL_CACHE",
}


def variables_read(folder: Path) -> set[str]:
    """Return the variables that modules read, without those of whole projects."""
    others = {"handwritten", "shipped"}
    paths = (path for path in folder.rglob("*.py") if not others & {*path.parts})
    found = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case (
                    ast.Subscript(value=source, slice=ast.Constant(value=str(name)))
                    | ast.Call(func=source, args=[ast.Constant(value=str(name)), *_])
                ) if ast.unparse(source) in READ:
                    found.add(name)
    return found


def test_no_variable_of_the_environment_steers_the_tests() -> None:
    assert variables_read(ROOT / "tests") - NOT_OURS == set()


@pytest.mark.parametrize(
    "line",
    [
        'os.environ.get("ALL_ADDED")',
        'os.environ["ALL_ADDED"]',
        'os.getenv("ALL_ADDED", "")',
    ],
)
def test_a_variable_that_is_read_is_found(line: str, tmp_path: Path) -> None:
    (tmp_path / "added.py").write_text(f"STEP = 1 if {line} else 6\n")

    assert variables_read(tmp_path) == {"ALL_ADDED"}


def pytest_with(*arguments: str) -> tuple[int, str]:
    command = (sys.executable, "-m", "pytest", "-q", "--numprocesses=0", *arguments)
    done = attempt(ROOT, *command, "--collect-only", "tests/test_smoke.py")
    return done.returncode, said(done)


@pytest.mark.parametrize("mistake", ["--al", "--require-service", "--answer=auth=no"])
def test_an_option_that_does_not_exist_is_an_error(mistake: str) -> None:
    status, output = pytest_with(mistake)

    assert status == pytest.ExitCode.USAGE_ERROR
    assert "unrecognized arguments" in output


@pytest.mark.parametrize("mistake", ["athu=no", "auth"])
def test_an_answer_to_no_question_is_an_error(mistake: str) -> None:
    status, output = pytest_with(f"--answers={mistake}")

    assert status == pytest.ExitCode.USAGE_ERROR
    assert f"{mistake} is no NAME=VALUE with the name of a question" in output


def test_answers_are_read_as_copier_reads_them() -> None:
    text = "auth=no project_name='An App' skip_mitigations=[csrf_cache]"

    assert parsed(text) == {
        "auth": False,
        "project_name": "An App",
        "skip_mitigations": ["csrf_cache"],
    }


def test_the_options_are_in_the_help_of_pytest() -> None:
    printed = run(ROOT, sys.executable, "-m", "pytest", "--help")
    ours = printed.split("the tests of copier-flask:")[1]

    for option in ("--all ", "--answers", "--require-services"):
        assert option in ours


def test_a_program_that_is_missing_is_skipped_or_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(options, "chosen", options.Options())
    with pytest.raises(pytest.skip.Exception, match="no-such-program is not installed"):
        program("no-such-program")

    required = options.Options(require_services=True)
    monkeypatch.setattr(options, "chosen", required)
    with pytest.raises(pytest.fail.Exception, match="no-such-program is not installed"):
        program("no-such-program")
