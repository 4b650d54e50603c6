"""Fixtures of the maintained tests: they use the sample application instead of the
project's, with the template's settings.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

import config as project_config
from app import extensions
from tests.maintained.sample import configuration
from tests.maintained.sample import create_app
from tests.support.applications import Client
from tests.support.applications import MakeApp
from tests.support.fixtures import app  # noqa: F401  # pytest finds it here
from tests.support.fixtures import client  # noqa: F401  # the same
from tests.support.fixtures import make_app  # noqa: F401  # the same
from tests.support.fixtures import migrated
from tests.support.fixtures import runner  # noqa: F401  # the same


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out the fixtures that tests/conftest.py uses for every test (autouse)."""
    here = Path(__file__).parent
    owners = here.parent.relative_to(config.rootpath).as_posix()
    for item in items:
        if isinstance(item, pytest.Function) and here in item.path.parents:
            found = item._fixtureinfo.name2fixturedefs
            # Without those that the owner's fixtures need: they would be made first.
            item.fixturenames[:] = [
                name
                for name in item._fixtureinfo.initialnames
                if name not in found or found[name][-1].baseid != owners
            ]


@contextmanager
def sample_settings() -> Iterator[None]:
    """Use the configuration of the sample instead of the project's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(project_config, "Config", configuration.Config, raising=False)
        patch.setattr(project_config, "CONFIGS", configuration.CONFIGS, raising=False)
        patch.setattr(project_config, "OWN_SETTINGS", (), raising=False)
        # Only a project with accounts has this module.
        if manager := getattr(extensions, "login_manager", None):
            for name, value in vars(type(manager)()).items():
                # What `init_app` sets, which the applications share, has to stay.
                if not name.startswith("_") and name != "read_cookie":
                    patch.setattr(manager, name, value)
        if limiter := getattr(extensions, "limiter", None):
            for name in ("_default_limits", "_application_limits"):
                patch.setattr(limiter.limit_manager, name, [])
        yield


def new_app(**settings: object) -> Flask:
    """Return the sample application with the configuration for tests."""
    given = configuration.TestingConfig()
    for name, value in settings.items():
        setattr(given, name, value)
    with sample_settings():
        made = create_app(given)
    made.test_client_class = Client
    return made


@pytest.fixture(autouse=True)
def no_owner_lines() -> Iterator[None]:
    """Keep the owner's lines in config.py and app/extensions.py out of the tests."""
    with sample_settings():
        yield


@pytest.fixture(scope="session")
def factory() -> MakeApp:
    return new_app


@pytest.fixture(scope="session")
def migrated_app(
    factory: MakeApp, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """The sample application, shared by all maintained tests."""
    yield from migrated(factory, tmp_path_factory.mktemp("sample"))
