"""Faults that the tests of csrf_cache must find."""

from __future__ import annotations

from pathlib import Path

from tests.support.planting import replace

ANSWERS: dict[str, object] = {}
MODULE = "app/core/csrf.py"


def nothing_is_done(project: Path) -> None:
    replace(project, MODULE, "if carries_token(response):", "if False:")


def the_name_of_the_endpoint_decides(project: Path) -> None:
    replace(
        project,
        MODULE,
        "if carries_token(response):",
        'if "form" in (request.endpoint or ""):',
    )


def a_token_that_is_not_sent_counts(project: Path) -> None:
    replace(project, MODULE, "return token.encode() in", "return True or token in")


def tokens_run_out(project: Path) -> None:
    replace(
        project,
        MODULE,
        '"WTF_CSRF_TIME_LIMIT", None',
        '"WTF_CSRF_TIME_LIMIT", 3600',
    )


def secrets_are_shown_again(project: Path) -> None:
    replace(project, MODULE, " or SECRET.search(name)", "")


def the_words_of_others_are_shown(project: Path) -> None:
    replace(project, MODULE, '{"cross-site", "same-site"}', "{}")


MUTATIONS = {
    "no answer is marked": nothing_is_done,
    "the name of the endpoint decides": the_name_of_the_endpoint_decides,
    "a token that is not sent counts": a_token_that_is_not_sent_counts,
    "tokens run out after an hour": tokens_run_out,
    "secrets are shown again": secrets_are_shown_again,
    "the words of other sites are shown": the_words_of_others_are_shown,
}
