"""Environments are shared: each set of packages is installed once."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.executed import environments as module
from tests.executed import interpreters
from tests.executed.environments import Environments
from tests.support.rendering import Renderer
from tests.support.running.projects import install

PYTHON = "python3.11"


class Installer:
    """Notes what it is asked to install, and takes its time as an installer does."""

    def __init__(self) -> None:
        self.places: list[Path] = []
        self.broken = False

    def __call__(self, project: Path, place: Path, *more: object, dev: bool) -> None:
        self.places.append(place)
        time.sleep(0.2)
        place.mkdir()
        if self.broken:
            raise OSError("no network")


@pytest.fixture
def installer(monkeypatch: pytest.MonkeyPatch) -> Installer:
    fake = Installer()
    monkeypatch.setattr(module, "install", fake)
    return fake


@pytest.fixture
def noted() -> Counter[str]:
    return Counter()


@pytest.fixture
def ask(noted: Counter[str], tmp_path: Path) -> Environments:
    folder = tmp_path / "environments"
    folder.mkdir()
    return Environments(
        folder, lambda name, value: noted.update({name: int(str(value))})
    )


def test_many_that_ask_at_once_get_one(
    render: Renderer, ask: Environments, installer: Installer, noted: Counter[str]
) -> None:
    # What differs between these is no package.
    projects = [
        render(preset="full", project_slug=f"an-app-{number}", docker=number % 2 == 0)
        for number in range(8)
    ]
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda project: ask(project, PYTHON), projects))

    assert set(given) == {installer.places[0] / "bin"}
    assert len(installer.places) == 1
    assert noted == {"environments asked for": 8, "environments made": 1}


DIFFERENT: dict[str, dict[str, object]] = {
    "dependencies": {"api": True},
    "development dependencies": {"skip_mitigations": ["dependency_floors"]},
    "lowest Python": {"python_version": "3.12"},
}


@pytest.mark.parametrize("answers", DIFFERENT.values(), ids=list(DIFFERENT))
def test_another_declaration_is_another_environment(
    answers: dict[str, object],
    render: Renderer,
    ask: Environments,
    installer: Installer,
) -> None:
    assert ask(render(), PYTHON) != ask(render(**answers), PYTHON)
    assert len(installer.places) == 2


def test_another_constraint_is_another_environment(
    render: Renderer, ask: Environments, installer: Installer
) -> None:
    project, other = render(), render()
    declared = other / "pyproject.toml"
    text = declared.read_text()
    declared.write_text(text.replace('"blinker>=1.9.0"', '"blinker>=1.9.1"'))

    assert declared.read_text() != text
    assert ask(project, PYTHON) != ask(other, PYTHON)
    assert len(installer.places) == 2


def test_another_python_resolution_or_use_is_another_environment(
    render: Renderer, ask: Environments, installer: Installer
) -> None:
    project = render()
    given = {
        ask(project, PYTHON),
        ask(project, "python3.12"),
        ask(project, PYTHON, "lowest-direct"),
        ask(project, PYTHON, dev=False),
    }

    assert len(given) == len(installer.places) == 4


def test_production_shares_what_only_development_tells_apart(
    render: Renderer, ask: Environments, installer: Installer
) -> None:
    given = {ask(render(ci=ci), PYTHON, dev=False) for ci in ("github", "none")}

    assert len(given) == len(installer.places) == 1


def test_an_installation_that_failed_is_tried_again(
    render: Renderer, ask: Environments, installer: Installer, noted: Counter[str]
) -> None:
    project = render()
    installer.broken = True
    with pytest.raises(OSError, match="no network"):
        ask(project, PYTHON)
    installer.broken = False

    ask(project, PYTHON)

    assert noted["environments made"] == 1


def test_an_environment_that_is_made_twice_is_a_failure(
    render: Renderer, ask: Environments, installer: Installer
) -> None:
    project = render()
    place = ask(project, PYTHON).parent
    (ask.folder / f"{place.name}.complete").unlink()

    with pytest.raises(AssertionError, match="made once"):
        ask(project, PYTHON)


def test_what_is_installed_again_comes_from_the_cache(
    render: Renderer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    unpacked = []
    for name in ("one", "other"):
        install(
            render(preset="minimal"),
            tmp_path / name,
            next(iter(interpreters.here().values())),
        )
        unpacked.append({path.name for path in tmp_path.glob("cache/archive-v*/*")})

    assert unpacked[0]
    assert unpacked[0] == unpacked[1]
