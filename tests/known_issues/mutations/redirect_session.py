"""Faults that the tests of redirect_session must find."""

from __future__ import annotations

from pathlib import Path

from tests.support.planting import replace

ANSWERS: dict[str, object] = {}
HELPERS = "tests/support/redirects.py"
BODY = """    with browser.session_transaction() as session:
        return dict(session)
"""


def nothing_is_read(project: Path) -> None:
    replace(project, HELPERS, BODY, "    return {}\n")


def the_context_of_a_request_is_read(project: Path) -> None:
    replace(
        project,
        HELPERS,
        BODY,
        "    import flask\n\n    with browser:\n"
        '        browser.get("/first")\n        return dict(flask.session)\n',
    )


def only_the_last_hop_counts(project: Path) -> None:
    replace(project, HELPERS, "(*response.history, response)", "(response,)")


MUTATIONS = {
    "nothing is read": nothing_is_read,
    "the context of a request is read": the_context_of_a_request_is_read,
    "only the last hop counts": only_the_last_hop_counts,
}
