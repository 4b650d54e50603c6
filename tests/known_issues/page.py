"""docs/known-issues.md, made from the data file and the record of tested versions.

Run as a script, it writes the page.
"""

from __future__ import annotations

import sys
from typing import Any

import yaml

from tests.support.facts.known_issues import ISSUES
from tests.support.rendering import ROOT

PAGE = ROOT / "docs/known-issues.md"
RECORD = ROOT / "docs/tested-versions.yml"

HEAD = """# Known issues

<!-- Made by tests/known_issues/page.py from extensions/known_issues.yml and
     docs/tested-versions.yml: edit those. -->

Documented faults of Flask and the packages around it. Each project mitigates
all of them, unless `skip_mitigations` names one; each has a module of tests in the
project, `tests/maintained/known_issues/test_<id>.py`.
`tests/known_issues/test_teeth.py` of this repository plants faults into rendered
projects, such as the remedy that is usually named, and sees the tests of that issue
fail and no others.

[Further issues](decisions/057-further-issues-have-a-test-each.md) have a test each.
"""


def page() -> str:
    parts = [HEAD, versions(yaml.safe_load(RECORD.read_text())), *map(section, ISSUES)]
    return "\n".join(parts)


def versions(record: dict[str, Any]) -> str:
    """Return the table of the versions that the tests were run on."""
    packages = record["packages"]
    last = (
        "The last green run of `tests/known_issues/versions.py` was on "
        f"{record['date']}: the test modules of a project with every piece, at "
        "the newest versions, and on the lowest Python also at the lowest versions."
    )
    lines = [
        "## Tested versions",
        "",
        last,
        "",
        f"| Python | resolution | {' | '.join(packages)} | tests passed |",
        f"|---|---|{'---|' * len(packages)}---|",
    ]
    for run in record["runs"]:
        found = " | ".join(run["versions"][name] for name in packages)
        lines.append(
            f"| {run['python']} | {run['resolution']} | {found} | {run['passed']} |"
        )
    return "\n".join([*lines, ""])


def section(issue: dict[str, Any]) -> str:
    """Return what the data file says of an issue."""
    links = [
        f"[{place}](https://github.com/{place.replace('#', '/issues/')})"
        for place in issue["upstream"]
    ]
    only = " Only with accounts." if issue.get("only_with") == "auth" else ""
    return f"""## {issue["id"]}

{issue["title"]}.{only}

- Upstream: {", ".join(links) or "no issue"}
- Since: {issue["since"]}
- Fixed in: {issue["until"]}

{fact(issue, "wrong")}

### Mitigation of {issue["id"]}

{fact(issue, "held")}

### How to verify {issue["id"]}

{issue["fails"].strip()}
"""


def fact(issue: dict[str, Any], name: str) -> str:
    """Return what it says of a thing, and what more of projects with another piece."""
    parts = [issue[name].strip()]
    for key, when in (("accounts", "With accounts"), ("threads", "With tasks=threads")):
        if more := issue.get(f"{name}_with_{key}"):
            parts.append(f"{when}: {more.strip()}")
    return "\n\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.stdout.write(f"Wrote {PAGE}\n")
