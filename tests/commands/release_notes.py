"""What the pages say of the advisories and of the changes of behaviour.

As a script it writes docs/advisories.json; `just record` runs it.
"""

from __future__ import annotations

import json
from typing import Any

from tests.support.facts.known_issues import MITIGATIONS
from tests.support.facts.release_notes import ADVISORIES
from tests.support.facts.release_notes import BEHAVIOUR_CHANGES
from tests.support.rendering import ROOT

JSON = ROOT / "docs/advisories.json"


def condition(terms: list[str]) -> str:
    """Return who is concerned: "with `auth` and `database=postgresql` or `mysql`"."""
    words = [" or ".join(f"`{part}`" for part in term.split("|")) for term in terms]
    kind = " and ".join(words)
    return f"with {kind}" if kind else "in every project"


def advisories() -> str:
    """Return a section for each advisory."""
    sections = [
        f"### {advisory['id']}\n\n"
        f"{advisory['fault']}\n\n"
        f"- Releases: from {advisory['from']}, fixed in {advisory['before']}; "
        f"{condition(advisory.get('with', []))}.\n"
        f"- What to do at once: {advisory['do_now']}\n"
        for advisory in ADVISORIES
    ]
    return "\n".join(sections)


def behaviour_changes() -> str:
    """Return a section for each release that changes how a project behaves."""
    releases = dict.fromkeys(change["release"] for change in BEHAVIOUR_CHANGES)
    return "\n".join(
        f"### {release}\n\n"
        + "".join(item(c) for c in BEHAVIOUR_CHANGES if c["release"] == release)
        for release in releases
    )


def item(change: dict[str, Any]) -> str:
    who = condition(change.get("with", []))
    return (
        f"- {who[0].upper()}{who[1:]}: {change['change']}\n"
        f"  {keeping(change['keep'], kept=change.get('kept', False))}\n"
    )


def keeping(keep: str, *, kept: bool) -> str:
    """Return how a project keeps the old way, in a sentence."""
    if kept:
        return f"Projects that exist have `{keep}`, which keeps the old way."
    if keep == "none":
        return "No setting keeps the old way."
    place = "in `config.py`" if " = " in keep else "in the environment"
    return f"`{keep}` {place} keeps the old way."


def advisories_as_json() -> str:
    """Return the advisories for programs, without the words of the changelog."""
    entries = [
        {
            "id": advisory["id"],
            "fault": advisory["fault"],
            "from": advisory["from"],
            "fixed_in": advisory["before"],
            "with": advisory.get("with", []),
            "do_now": advisory["do_now"],
        }
        for advisory in ADVISORIES
    ]
    content = {"advisories": entries, "mitigations": MITIGATIONS}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    JSON.write_text(advisories_as_json())
