"""Faults that the tests of upload_limits must find."""

from __future__ import annotations

from pathlib import Path

from tests.support.planting import replace

ANSWERS: dict[str, object] = {}
MODULE = "app/core/uploads.py"


def nothing(project: Path) -> None:
    replace(project, MODULE, "    app.request_class = Request\n", "    return\n")


def set_inside_the_view(project: Path) -> None:
    replace(
        project,
        MODULE,
        "        setattr(view, SIZE, size)\n        return view\n",
        "        @wraps(view)\n"
        "        def limited(*args: Any, **kwargs: Any) -> ResponseReturnValue:\n"
        "            request.max_content_length = size\n"
        "            return view(*args, **kwargs)\n\n"
        "        return limited\n",
    )
    replace(
        project,
        MODULE,
        "from functools import partial\n",
        "from functools import partial\nfrom functools import wraps\n",
    )


def refuse_without_a_length(project: Path) -> None:
    replace(
        project,
        MODULE,
        "    app.request_class = Request\n",
        "    app.before_request(ask_for_a_length)\n",
    )
    replace(
        project,
        MODULE,
        "def limit(size",
        "def ask_for_a_length() -> None:\n"
        '    if "Transfer-Encoding" in request.headers:\n'
        "        __import__('flask').abort(411)\n\n\n"
        "def limit(size",
    )


def cut_at_the_limit(project: Path) -> None:
    replace(project, MODULE, "if self.is_exhausted:", "if False:")
    replace(project, MODULE, "limit + 1, True", "limit, True")


def take_any_size(project: Path) -> None:
    replace(project, MODULE, "type(size) is not int or size < 1", "False")


def leave_the_rest(project: Path) -> None:
    replace(project, MODULE, "    app.after_request(drain_after_413)\n", "")


def a_slow_rest_is_waited_for(project: Path) -> None:
    replace(project, MODULE, "if time.monotonic() > end:", "if not end:")


MUTATIONS = {
    "nothing is done": nothing,
    "the limit is set inside the view": set_inside_the_view,
    "a body without a length is asked for one": refuse_without_a_length,
    "a body without a length is cut at the limit": cut_at_the_limit,
    "any size is taken for a limit": take_any_size,
    "the rest of a refused body is left": leave_the_rest,
    "a slow rest is waited for": a_slow_rest_is_waited_for,
}
