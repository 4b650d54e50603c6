"""Faults planted in a coming release: the named check finds each one.

A check that never failed proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.editing import edit
from tests.support.rendering import BIN
from tests.support.rendering import commit_all
from tests.support.rendering import git
from tests.support.rendering import run
from tests.update import published as publishing
from tests.update.dropped import dropped
from tests.update.dropped import lost
from tests.update.dropped import questions
from tests.update.in_use import has_one_head
from tests.update.projects_to_update import check
from tests.update.projects_to_update import check_untouched
from tests.update.projects_to_update import committed
from tests.update.projects_to_update import Expected
from tests.update.projects_to_update import marked
from tests.update.projects_to_update import rendered
from tests.update.projects_to_update import updated
from tests.update.published import WORK_TREE
from tests.update.scenarios import applied
from tests.update.scenarios import SCENARIOS
from tests.update.starts import OLDEST

BAD = "v2000.0.0"
WORSE = "v2001.0.0"

Plant = Callable[[Callable[[Path], None]], Path]


def published_with(
    change: Callable[[Path], None], published: Path, folder: Path
) -> Path:
    """Publish the work tree with a change, as a release, in a clone in a folder."""
    git(folder, "clone", "--quiet", str(published), "changed")
    changed = folder / "changed"
    git(changed, "checkout", "--quiet", "--detach", WORK_TREE)
    change(changed)
    publishing.release(changed, BAD)
    return changed


@pytest.fixture
def plant(
    published: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> Plant:
    """Return a function that publishes the work tree with a fault in it."""

    def publish(fault: Callable[[Path], None]) -> Path:
        record_property("planted faults", 1)
        return published_with(fault, published, tmp_path)

    return publish


def old_project(template: Path, tmp_path: Path) -> Path:
    return committed(rendered(template, OLDEST, tmp_path / "project", preset="website"))


def test_an_update_without_a_fault_passes(published: Path, tmp_path: Path) -> None:
    def harmless(repository: Path) -> None:
        (repository / "NOTE").touch()

    template = published_with(harmless, published, tmp_path)
    project = old_project(template, tmp_path)
    expected = applied(project, SCENARIOS["everything"])

    updated(project, BAD)

    check(project, BAD, expected)


# Copier leaves a folder's listing open where rendering fails (9.19.1); that shows in
# the garbage collector, long after. Until it does not.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_new_question_named_bare_in_an_exclusion(
    plant: Plant, tmp_path: Path
) -> None:
    def fault(repository: Path) -> None:
        edit(
            repository / "copier.yml",
            "# WIRING ---",
            "news:\n  type: bool\n  help: News?\n  default: false\n\n# WIRING ---",
        )
        edit(
            repository / "extensions/pieces.yml",
            "  auth: {type: switch",
            "  news: {type: switch}\n  auth: {type: switch",
        )
        edit(
            repository / "copier.yml",
            "  # Revisions come",
            "  - |\n    {% if not news %}\n    /app/news\n    {% endif %}\n"
            "  # Revisions come",
        )

    template = plant(fault)
    project = old_project(template, tmp_path)

    with pytest.raises(Exception, match="'news' is undefined"):
        updated(project, BAD)


def test_a_dropped_path_that_is_not_declared(plant: Plant, tmp_path: Path) -> None:
    template = plant(lambda repository: (repository / "template/justfile").unlink())

    assert set(dropped(template, OLDEST, BAD, tmp_path)) == {"justfile"}


def test_a_dropped_path_loses_the_edits_in_it(plant: Plant, tmp_path: Path) -> None:
    template = plant(
        lambda repository: (repository / "template/app/static/css/style.css").unlink()
    )
    project = old_project(template, tmp_path)
    expected = applied(project, SCENARIOS["pages"])

    updated(project, BAD)

    with pytest.raises(AssertionError, match=r"style\.css is gone, with its edits"):
        check(project, BAD, expected)


def test_a_random_value_in_a_file(plant: Plant, tmp_path: Path) -> None:
    def fault(repository: Path) -> None:
        with (repository / "template/AGENTS.md.jinja").open("a") as page:
            # Not of a number: Jinja would compute it once, for all renders of a test.
            page.write("\n{{ range(99_999) | ans_random }}\n")

    template = plant(fault)
    project = old_project(template, tmp_path)
    updated(project, BAD)

    with pytest.raises(AssertionError):
        check_untouched(project, template, BAD, tmp_path / "fresh")


LANDING = "    # Your dependencies: `uv add` writes them below this line.\n"


def without_landing_line(repository: Path) -> None:
    edit(repository / "template/pyproject.toml.jinja", LANDING, "")


def sorted_dependencies(repository: Path) -> None:
    """A list in the alphabet's order, into which uv sorts what people add."""
    edit(repository / "template/pyproject.toml.jinja", LANDING, "")
    rewrite_dependencies(
        repository, lambda lines: sorted(line for line in lines if "{%" not in line)
    )


def one_dependency_more(repository: Path) -> None:
    def add(lines: list[str]) -> list[str]:
        more = [*lines, '    "setproctitle>=1.3",']
        return sorted(more) if lines == sorted(lines) else more

    rewrite_dependencies(repository, add)


def rewrite_dependencies(
    repository: Path, change: Callable[[list[str]], list[str]]
) -> None:
    path = repository / "template/pyproject.toml.jinja"
    before, rest = path.read_text().split("dependencies = [\n", 1)
    listed, after = rest.split("\n]\n", 1)
    lines = "\n".join(change(listed.split("\n")))
    path.write_text(f"{before}dependencies = [\n{lines}\n]\n{after}")


@pytest.mark.parametrize("fault", [without_landing_line, sorted_dependencies])
def test_a_sorted_dependency_list_conflicts_with_additions(
    fault: Callable[[Path], None], plant: Plant, tmp_path: Path
) -> None:
    # One release has the fault, and the next adds a dependency.
    template = plant(fault)
    one_dependency_more(template)
    publishing.release(template, WORSE)
    project = committed(rendered(template, BAD, tmp_path / "project", preset="website"))
    uv = str(BIN / "uv")
    for package in ("six>=1.16", "aniso8601>=10"):
        run(project, uv, "add", "--frozen", package)
    commit_all(project, "my own work")

    updated(project, WORSE)

    with pytest.raises(AssertionError):
        check(project, WORSE, Expected())
    assert marked(project) == {"pyproject.toml"}


def test_an_answer_renamed(plant: Plant) -> None:
    def fault(repository: Path) -> None:
        edit(repository / "copier.yml", "\nlicense:\n", "\nlicence:\n")
        edit(repository / "copier.yml", '": gitlab\n', '": gitlab-ci\n')

    template = plant(fault)

    assert lost(questions(template, OLDEST), questions(template, BAD), set()) == {
        "license",
        "ci=gitlab",
    }


def test_a_revision_that_an_update_ships(
    plant: Plant, tmp_path: Path, environment: Path
) -> None:
    def fault(repository: Path) -> None:
        shipped_with_copies = (
            "_copier_operation == 'update' or (updating_from | default(''))"
            " or not (auth | default or api | default)"
        )
        edit(repository / "copier.yml", shipped_with_copies, "false")
        versions = repository / "template/migrations/versions"
        (versions / "000000000001_visits.py.jinja").write_text(publishing.REVISION)

    template = plant(fault)
    project = old_project(template, tmp_path)
    applied(project, SCENARIOS["a model"])
    assert has_one_head(project, environment)

    updated(project, BAD)

    assert not has_one_head(project, environment)


def test_a_file_with_secrets_that_is_not_skipped(plant: Plant, tmp_path: Path) -> None:
    def fault(repository: Path) -> None:
        edit(repository / "copier.yml", "  - /.env\n", "")
        (repository / "template/.env").write_text("SECRET_KEY=from-the-template\n")
        git(repository, "add", "--force", "template/.env")

    template = plant(fault)
    project = old_project(template, tmp_path)
    expected = applied(project, SCENARIOS["secrets"])

    updated(project, BAD)

    with pytest.raises(AssertionError, match=r"\.env lost"):
        check(project, BAD, expected)
