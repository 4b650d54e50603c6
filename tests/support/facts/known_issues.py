"""The known issues, as the data file of the template has them."""

from __future__ import annotations

from typing import Any

import yaml

from tests.support.rendering import ROOT

ISSUES: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / "extensions/known_issues.yml").read_text()
)
MITIGATIONS = [issue["id"] for issue in ISSUES]
