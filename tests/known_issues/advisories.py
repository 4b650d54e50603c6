"""Look the lowest versions that projects allow up in the published advisories.

`.ci/nightly` runs it. It exits with 0 if each version was looked up and none has an
advisory, with 1 if one has, and with 75 if some could not be looked up: those count
as not checked, never as sound.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

from tests.support.rendering import BIN
from tests.support.rendering import ROOT

DECLARED = ROOT / "template/pyproject.toml.jinja"
LIST = ROOT / "template/tests/maintained/known_issues/first_versions.toml"

# Only exact versions, with their advisories from OSV: PyPI's own service leaves out
# what a mirror does not know, and still says that nothing was found.
COMMAND = (
    str(BIN / "uvx"), "pip-audit@2.10.1", "--no-deps", "--disable-pip",
    "--vulnerability-service=osv", "--format=json", "--progress-spinner=off",
    "--requirement",
)  # fmt: skip


@dataclass
class Findings:
    """What the look-up gave: faulty versions, and versions without an answer."""

    faults: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)

    def exit_status(self) -> int:
        if self.faults:
            return 1
        return os.EX_TEMPFAIL if self.unchecked else 0


def floors() -> dict[str, str]:
    """Return the lower bound of each package, for all answers."""
    found = re.findall(
        r'(?m)^ +"([\w-]+)(?:\[\w+\])?(?:\{\{.*?\}\})?>=([\w.]+)",$',
        DECLARED.read_text(),
    )
    return {str(name): str(version) for name, version in found}


def look_up(versions: dict[str, str]) -> Findings:
    lines = [f"{name}=={version}\n" for name, version in versions.items()]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "floors.txt"
        file.write_text("".join(lines))
        done = subprocess.run(
            [*COMMAND, str(file)], capture_output=True, text=True, check=False
        )
    return read(versions, done.stdout, done.stderr)


def read(versions: dict[str, str], output: str, error: str) -> Findings:
    """Read what pip-audit wrote; without an answer nothing is checked."""
    try:
        answers = {
            one["name"].lower(): one for one in json.loads(output)["dependencies"]
        }
    except (ValueError, KeyError, TypeError):
        reason = (error.strip().splitlines() or ["pip-audit said nothing"])[-1]
        return Findings(unchecked=[f"{len(versions)} packages: {reason[-200:]}"])

    findings = Findings()
    for name, version in versions.items():
        answer = answers.get(name, {"skip_reason": "no answer"})
        if reason := answer.get("skip_reason"):
            findings.unchecked.append(f"{name} {version}: {reason}")
        findings.faults += faults(name, version, answer)
    return findings


def faults(name: str, version: str, answer: dict[str, Any]) -> Iterator[str]:
    for advisory in answer.get("vulns", []):
        fixed = " or ".join(advisory.get("fix_versions", [])) or "no version yet"
        yield f"{name} {version} has {advisory['id']}, fixed in {fixed}"


def main() -> int:
    versions = floors()
    findings = look_up(versions)
    for line in findings.faults:
        sys.stdout.write(f"! {line}: raise it in {DECLARED.name} and {LIST.name}\n")
    for line in findings.unchecked:
        sys.stdout.write(f"! NOT CHECKED: {line}\n")
    if not findings.exit_status():
        sys.stdout.write(f"{len(versions)} lower bounds, and no advisory\n")
    return findings.exit_status()


if __name__ == "__main__":
    sys.exit(main())
