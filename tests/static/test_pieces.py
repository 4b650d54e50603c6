"""The declaration of the pieces is what copier.yml, the files and the pages have."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.static import readers
from tests.static.import_checks import declared
from tests.static.import_checks import PYPROJECT
from tests.static.space import Space
from tests.static.space import VALUES
from tests.static.template_sources import Sources
from tests.support.facts.answers import asked
from tests.support.facts.answers import TEXTS
from tests.support.facts.pieces import MITIGATION_PIECES
from tests.support.facts.pieces import Piece
from tests.support.facts.pieces import PIECES
from tests.support.facts.pieces import QUESTIONS_DECLARED
from tests.support.planting import Fault
from tests.support.planting import plant
from tests.support.rendering import PRESETS
from tests.support.rendering import ROOT

PAGE = ROOT / "docs/questions.md"
WITH_VARIABLES = (".env.example", "compose.yaml", "docs/deploying.md")
# Tests of what the other files of a piece do.
OF_TESTS = ("tests/maintained/", "tests/support/")


def there(piece: Piece, answers: dict[str, object]) -> bool:
    return answers[piece.question] in piece.answers


@pytest.mark.parametrize("updating_from", ["", "0.1.0"])
@pytest.mark.parametrize("preset", PRESETS)
def test_each_preset_has_the_declared_answers(
    preset: str, updating_from: str, template: Path
) -> None:
    environment = Sources(template).environment
    answers = {"preset": preset, "updating_from": updating_from}
    for name, question in asked().items():
        if "presets" not in QUESTIONS_DECLARED[name]:
            continue
        text = environment.from_string(str(question["default"])).render(answers)
        answers[name] = text
        presets = QUESTIONS_DECLARED[name]["presets"]
        expected = presets.get(preset, presets["otherwise"])
        if updating_from:
            expected = QUESTIONS_DECLARED[name].get("updated", expected)

        assert yaml.safe_load(text) == yaml.safe_load(str(expected)), name


def test_only_questions_for_texts_and_the_preset_have_no_answer_by_preset() -> None:
    without = {
        name for name, kind in QUESTIONS_DECLARED.items() if "presets" not in kind
    }

    assert without == {*TEXTS, "preset"}


def test_every_piece_is_brought_by_answers_that_are_there() -> None:
    for piece in PIECES:
        assert {*piece.answers} < {*VALUES[piece.question]}, piece.id
    assert len({piece.id for piece in PIECES}) == len(PIECES)


def packages_otherwise(space: Space) -> Iterator[str]:
    """Yield packages that come with other answers than the declared ones."""
    table = space.tables[PYPROJECT]
    pieces = [*PIECES, *MITIGATION_PIECES]
    names = {name for piece in pieces for name in piece.packages}
    always = frozenset.intersection(
        *(declared(file)[1] for file in table.results.values() if file)
    )
    for key, file in table.results.items():
        answers = dict(zip(table.reads, key, strict=True))
        known = [piece for piece in pieces if piece.question in answers]
        expected = {
            name
            for name in names
            if all(there(piece, answers) for piece in known if name in piece.packages)
        }
        expected |= {
            name for piece in known if there(piece, answers) for name in piece.shares
        }
        found = declared(file)[1] - always if file else frozenset()
        yield from found ^ expected - always


def test_packages_come_with_the_pieces_that_declare_them(space: Space) -> None:
    assert set(packages_otherwise(space)) == set()


def variables_missing(space: Space) -> Iterator[str]:
    for piece in PIECES:
        for path in WITH_VARIABLES:
            for file in space.files:
                if file.path == path and space.comes_with(
                    file, piece.question, piece.answers
                ):
                    for name in piece.variables:
                        if not re.search(rf"\b{name}\b", file.text):
                            yield f"{path} has no {name}"


def test_each_variable_of_a_piece_is_where_people_set_it(space: Space) -> None:
    assert set(variables_missing(space)) == set()


def section(name: str) -> str:
    parts = re.split(r"(?m)^## (.*)$", PAGE.read_text())
    return dict(zip(parts[1::2], parts[2::2], strict=True))[name]


@pytest.mark.parametrize(
    "piece", [*PIECES, *MITIGATION_PIECES], ids=lambda piece: piece.id
)
def test_the_page_of_the_questions_names_what_a_piece_brings(piece: Piece) -> None:
    text = section(piece.documented_as)
    named = set(re.findall(r"`([^`\s]+)`", text))
    folders = tuple(name for name in named if name.endswith("/"))
    for path in piece.files:
        if not path.startswith(OF_TESTS):
            folder = f"{path}/".startswith(folders)
            inside = any(name.startswith(f"{path}/") for name in named)
            assert path in named or folder or inside, path
    for name in (*piece.packages, *piece.variables):
        assert any(re.match(rf"{name}\b", word) for word in named), name


def test_the_page_has_the_files_in_which_an_answer_changes_lines(
    space: Space,
) -> None:
    page, found = readers.PAGE.read_text(), readers.readers(space)
    with_lines = {match["question"] for match in readers.BLOCK.finditer(page)}

    assert with_lines == {piece.question for piece in PIECES if piece.files}
    assert readers.written(page, found) == page, "run: just record"


def test_another_list_of_files_is_written_again() -> None:
    page = "<!-- lines of auth -->\nNone.\n<!-- end of lines of auth -->\n"

    assert "It changes lines in `a`, `b`.\n" in readers.written(
        page, {"auth": ["a", "b"]}
    )


def test_the_page_names_each_piece_that_may_be_removed(template: Path) -> None:
    pieces = Sources(template).environment.get_template("extensions/pieces.jinja")
    named = section("remove").partition("Its values are ")[2].partition(", one in")[0]

    removable = pieces.module.removable  # type: ignore[attr-defined]
    assert re.findall(r"`(\w+)`", named) == removable


FAULTS = [
    Fault("a package without its piece", "template/pyproject.toml.jinja",
          '{% if auth or tasks == "threads" %}',
          '{% if auth or api or tasks == "threads" %}', "blinker"),
    Fault("a package that no piece declares", "template/pyproject.toml.jinja",
          '    "pydantic>=2.11.0",\n', '    "pydantic>=2.11.0",\n    "rich>=14.0",\n',
          "rich"),
    Fault("a variable that is not passed on", "template/compose.yaml.jinja",
          "    REDIS_URL: ${REDIS_URL:-}\n", "", "compose.yaml has no REDIS_URL"),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_planted_fault_of_a_piece_is_found(
    fault: Fault, planted: Path, record_property: Callable[[str, object], None]
) -> None:
    plant(planted, fault)
    record_property("planted faults", 1)
    space = Space(planted, paths=[PYPROJECT, *WITH_VARIABLES])

    assert fault.words in [*packages_otherwise(space), *variables_missing(space)]
