"""tests/support closes files, restores extensions and skips old copies of tests."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from flask import request
from flask import Response

from app.extensions import csrf
from tests.support import moved
from tests.support.applications import close_opened
from tests.support.applications import MakeApp
from tests.support.applications import opened
from tests.support.applications import restored_extensions

LARGE = 600_000  # bytes, above which the test client writes a body to a file


def test_responses_and_large_bodies_are_closed_after_a_test(make_app: MakeApp) -> None:
    closed: list[str] = []
    app = make_app(MAX_CONTENT_LENGTH=2 * LARGE, WTF_CSRF_ENABLED=False)

    @app.post("/upload")
    def upload() -> Response:
        response = Response(request.files["file"].read(1))
        response.call_on_close(lambda: closed.append("answer"))
        return response

    app.test_client().post("/upload", data={"file": (BytesIO(b"x" * LARGE), "a.bin")})
    files = [each for each in opened if hasattr(each, "closed")]
    assert closed == []

    close_opened()

    assert closed == ["answer"]
    closings = [getattr(file, "closed", None) for file in files]
    assert closings == [True] * len(files) != []


def test_an_application_leaves_no_trace_in_the_extensions(make_app: MakeApp) -> None:
    before = dict(vars(csrf))

    with restored_extensions():
        make_app()
        vars(csrf)["set_by_an_application"] = True

    assert vars(csrf) == before


def test_old_copies_are_known_by_name_and_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moved, "TESTS", tmp_path)
    old, own = tmp_path / "test_hosts.py", tmp_path / "test_json.py"
    old.write_text('"""TRUSTED_HOSTS: names in any case, addresses."""\n')
    own.write_text('"""Our own JSON."""\n')

    assert moved.old_copies() == [old]
    assert moved.pytest_ignore_collect(old) is True
    assert moved.pytest_ignore_collect(own) is None
