"""Names, imports and excluded paths of the template are all known and used."""

from __future__ import annotations

from pathlib import Path

import yaml
from copier._main import Worker

from tests.static.excluded_paths import excluded
from tests.static.excluded_paths import exclusions
from tests.static.names_used import EVERYWHERE
from tests.static.names_used import names
from tests.static.template_sources import Sources


def test_every_name_is_known_where_it_is_used_and_used_where_it_is_known(
    template: Path,
) -> None:
    assert names(template) == []


def test_every_excluded_path_is_in_the_template_once(template: Path) -> None:
    assert exclusions(template) == []


def test_the_names_of_copier_are_those_that_it_gives(
    template: Path, tmp_path: Path
) -> None:
    with Worker(str(template), tmp_path / "no-project", defaults=True) as worker:
        worker._ask()
        assert worker._render_context().keys() >= EVERYWHERE


def test_all_kinds_of_places_are_read(template: Path) -> None:
    sources = Sources(template)
    keys = {key for _, key in sources.expressions}
    settings = {source.place for source in sources.settings}

    assert len(sources.bodies) > 20
    assert len(excluded(sources.exclusions)) > 60
    assert {"ask", "choices", "default", "help", "placeholder", "validator"} <= keys
    entries = yaml.safe_load((template / "copier.yml").read_text())
    messages = {name for name in entries if name.startswith("_message_")}
    assert messages
    assert messages <= settings
    assert "_external_data" in settings
