"""The advisories and the changes of behaviour, as the template declares them."""

from __future__ import annotations

import re
from collections.abc import Collection
from collections.abc import Iterator
from typing import Any

import yaml

from tests.support.facts.answers import asked
from tests.support.facts.answers import values
from tests.support.facts.known_issues import MITIGATIONS
from tests.support.rendering import ROOT

Entry = dict[str, Any]

ADVISORIES: list[Entry] = yaml.safe_load(
    (ROOT / "extensions/advisories.yml").read_text()
)
BEHAVIOUR_CHANGES: list[Entry] = yaml.safe_load(
    (ROOT / "extensions/behaviour_changes.yml").read_text()
)
QUESTIONS = {name: values(name, question) for name, question in asked().items()}
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
RELEASES: list[str] = re.findall(r"(?m)^## (\d+\.\d+\.\d+)$", CHANGELOG)[::-1]

# The keys of each file; the second ones may be missing.
OF_ADVISORY = ({"id", "fault", "from", "before", "do_now", "changelog"}, {"with"})
OF_CHANGE = ({"release", "change", "keep"}, {"with", "kept"})
ID = re.compile(r"CF-\d{4}-\d{3}")
# In config.py, in the environment, or nowhere.
KEEP = re.compile(r"[A-Z][A-Z_]+ = .+|[A-Za-z_]+=\S+|none")
# Since then a default that changes is an answer, which projects that exist keep.
OLD_DEFAULTS_STAY_SINCE = "0.15.0"
# The message after an update has room for three advisories.
MOST_CHARACTERS = 225


def known(term: str) -> bool:
    """Return whether a condition may name this question, answer or mitigation."""
    name, _, value = term.partition("=")
    if not value:
        return name in QUESTIONS or name in MITIGATIONS
    # As an answer is compared: a yes is "true".
    answers = {str(answer).lower() for answer in QUESTIONS.get(name, [])}
    return set(value.split("|")) <= answers


def faults(entries: Collection[Entry], keys: tuple[set[str], set[str]]) -> list[str]:
    """Return what is wrong with the entries of a file, a line for each fault."""
    required, optional = keys
    return [
        f"{entry.get('id') or entry.get('change')}: {fault}"
        for entry in entries
        for fault in (
            *(f"{key} is missing" for key in sorted(required - set(entry))),
            *(f"{key} is unknown" for key in sorted(set(entry) - required - optional)),
            *faults_of_values(entry),
        )
    ]


def faults_of_values(entry: Entry) -> Iterator[str]:
    for key, value in entry.items():
        if key == "with":
            yield from (
                f"with: {term} is no answer" for term in value if not known(term)
            )
        elif key == "kept":
            if value is not True:
                yield "kept is true, or left out"
        elif not isinstance(value, str):
            yield f"{key} is no text: put quotes around it"
        elif key in {"from", "before", "release"} and value not in RELEASES:
            yield f"{key}: {value} is no release"
        elif key in {"fault", "do_now", "change"} and not value.endswith("."):
            yield f"{key} ends without a full stop"
    if "keep" in entry and not KEEP.fullmatch(str(entry["keep"])):
        yield f"keep: {entry['keep']} is no setting with a value"
    yield from faults_of_advisory(entry)
    yield from faults_of_change(entry)


def faults_of_change(entry: Entry) -> Iterator[str]:
    setting = str(entry.get("keep", "none"))
    is_kept = entry.get("kept", False)
    if is_kept and setting.partition("=")[0] not in QUESTIONS:
        yield f"kept: {setting} is no answer, which alone can stay as it was"
    bound = RELEASES[RELEASES.index(OLD_DEFAULTS_STAY_SINCE) :]
    if entry.get("release") in bound and setting != "none" and not is_kept:
        yield "kept is missing: a default that changes stays in existing projects"


def faults_of_advisory(entry: Entry) -> Iterator[str]:
    if not {"id", "fault", "do_now", "from", "before"} <= set(entry):
        return
    if not ID.fullmatch(str(entry["id"])):
        yield "id is no CF-YEAR-NUMBER"
    if len(f"{entry['id']}: {entry['fault']} {entry['do_now']}") > MOST_CHARACTERS:
        yield f"fault and do_now have more than {MOST_CHARACTERS} characters"
    first, fixed = entry["from"], entry["before"]
    if {first, fixed} <= set(RELEASES):
        if RELEASES.index(first) >= RELEASES.index(fixed):
            yield f"from {first} is not before {fixed}"
        if entry.get("changelog", "") not in words_of(fixed):
            yield f"changelog: the entry of {fixed} does not say so"


def words_of(release: str) -> str:
    """Return the entry of a release in one line."""
    entry = CHANGELOG.partition(f"\n## {release}\n")[2].partition("\n## ")[0]
    return " ".join(entry.split())
