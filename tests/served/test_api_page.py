"""The project's docs/api.md is followed to the letter.

Its clients call a served project. Its recipes, one after the other in one project, pass
the project's own checks, and give the resource, the version and the webhook that it
says: with accounts, and without. --all also runs the maintained tests there.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import options
from tests.support.browsers.client import EMAIL
from tests.support.browsers.client import make_account
from tests.support.pages import whole_page
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT
from tests.support.rendering import run
from tests.support.rendering import start_repository
from tests.support.running.page_steps import follow
from tests.support.running.page_steps import STEP
from tests.support.running.projects import DEVELOPMENT
from tests.support.running.projects import get
from tests.support.running.projects import served
from tests.support.running.projects import uv

ADDRESS = "http://127.0.0.1:5000"
MAX_OWN_LINES = 60  # of the resource, without its empty lines
MAX_CLIENT_LINES = 10

# The sections that change the project, in the order of the page.
RECIPES = ("A resource of your own", "A second version", "Webhooks of other services")
ANSWERS: dict[str, dict[str, object]] = {
    "accounts": {"preset": "api"},
    "no accounts": {"preset": "minimal", "api": True},
}
# Rules about the source, which a recipe does not break.
RULES = "tests/maintained/rules"
SECRET = b"a key of these tests"


@dataclass
class Site:
    """A project in which the recipes were followed, served."""

    project: Path
    url: str
    token: str

    def call(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, dict[str, str], str]:
        """Return status, head and body of the answer to a request."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token and "/webhooks/" not in path:
            sent["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(  # noqa: S310  # loopback
            f"{self.url}{path}",
            None if body is None else data,
            {"Content-Type": "application/json", **sent},
            method=method,
        )
        try:
            answer = urllib.request.urlopen(request, timeout=20)  # noqa: S310
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, dict(answer.headers), answer.read().decode()


def section(page: str, title: str) -> str:
    return page.split(f"\n## {title}\n")[1].split("\n## ", maxsplit=1)[0]


def own_lines(recipe: str) -> int:
    """Return how many lines a recipe has its reader write, imports too."""
    return sum(
        bool(line.strip())
        for step in STEP.finditer(recipe)
        if step["kind"] != "sh"
        for line in step["code"].splitlines()
    )


@pytest.fixture(scope="module", params=ANSWERS)
def project(
    request: pytest.FixtureRequest,
    template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A project in which the recipes were followed, with their own checks."""
    render = Renderer(template, tmp_path_factory.mktemp("recipes"))
    made = render(**ANSWERS[request.param], maintained_tests=options.chosen.everything)
    start_repository(made, "start")
    uv(made, "sync", "--quiet")
    page = whole_page("template/docs/api.md.jinja", made)
    for title in RECIPES:
        follow(made, section(page, title))
    # The second version comes after the checks of the resource.
    uv(made, "run", "just", "fix")
    uv(made, "run", "just", "lint", "types")
    shutil.copytree(ROOT / "template" / RULES, made / RULES, dirs_exist_ok=True)
    uv(made, "run", "pytest", "--quiet", f"{RULES}/test_source_rules.py")
    return made


@pytest.fixture(scope="module")
def site(project: Path) -> Iterator[Site]:
    uv(project, "run", "flask", "db", "check", **DEVELOPMENT)
    token = ""
    if (project / "app/accounts").exists():
        make_account(project, DEVELOPMENT, "--admin")
        make = ("flask", "tokens", "create", EMAIL, "tests", "--write")
        token = uv(project, "run", *make, **DEVELOPMENT).split()[-1]
    secret = f"whsec_{base64.b64encode(SECRET).decode()}"
    with served(
        project, "uv", "run", "--no-sync", "flask", "run", "--port=PORT",
        FLASK_WEBHOOK_SECRET=secret, **DEVELOPMENT,
    ) as server:  # fmt: skip
        yield Site(project, server.url, token)


def test_a_resource_is_at_most_sixty_lines_of_its_owner(project: Path) -> None:
    lines = own_lines(
        section(whole_page("template/docs/api.md.jinja", project), RECIPES[0])
    )

    assert 40 < lines <= MAX_OWN_LINES


def test_each_client_runs_unchanged(site: Site) -> None:
    page = section(whole_page("template/docs/api.md.jinja", site.project), "Call it")
    (python,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    curl = re.findall(r"```sh\n(curl .*?)```", page, re.DOTALL)[-1]
    for client, command in (
        (python, (sys.executable, "-c")),
        (curl, ("bash", "-c")),
    ):
        assert client.count("\n") <= MAX_CLIENT_LINES
        here = client.replace(ADDRESS, site.url)
        shown = run(site.project, *command, here, TOKEN=site.token)
        assert EMAIL in shown if site.token else "Hello, Ada!" in shown


def test_the_resource_answers(site: Site) -> None:
    status, created, body = site.call("POST", "/api/v1/books", {"title": "Emma"})
    assert status == 201
    assert json.loads(body)["title"] == "Emma"
    place, tag = created["Location"], created["ETag"]

    status, _, body = site.call("GET", "/api/v1/books?q=emma&sort=-title")
    assert (status, len(json.loads(body))) == (200, 1)
    lent = {"is_lent": True}
    status, changed, _ = site.call("PATCH", place, lent, If_Match=tag)
    assert status == 200
    assert site.call("PATCH", place, lent, If_Match=tag)[0] == 412
    assert site.call("GET", place, If_None_Match=changed["ETag"])[0] == 304
    assert "Emma" in get(f"{site.url}/books").text

    status, _, body = site.call("PATCH", place, {"title": None, "author": "Jane"})
    assert status == 422
    assert {error["pointer"] for error in json.loads(body)["errors"]} == {
        "#/title",
        "#/author",
    }
    assert site.call("DELETE", place, If_Match=changed["ETag"])[0] == 204
    assert site.call("GET", place)[0] == 404


def test_the_resource_is_in_the_document_of_both_versions(site: Site) -> None:
    for version in ("v1", "v2"):
        document = json.loads(get(f"{site.url}/api/{version}/openapi.json").text)
        paths = document["paths"]
        assert set(paths["/books"]) == {"get", "post"}
        assert set(paths["/books/{book_id}"]) == {"get", "patch", "delete"}
        assert "create_book" in get(f"{site.url}/api/{version}/docs").text
        status, headers, _ = site.call("GET", f"/api/{version}/books")
        assert status == 200
        assert ("Deprecation" in headers) == ("Sunset" in headers) == (version == "v1")


def test_a_stranger_gets_no_version(site: Site) -> None:
    stranger = Site(site.project, site.url, "")
    wanted = 401 if site.token else 200
    assert stranger.call("GET", "/api/v1/books")[0] == wanted
    assert stranger.call("GET", "/api/v2/books")[0] == wanted


def test_a_webhook_is_answered_at_once_and_handled_once(site: Site) -> None:
    body, sent_at = b'{"type": "paid"}', str(int(time.time()))
    signed = f"msg_1.{sent_at}.".encode() + body
    signature = hmac.digest(SECRET, signed, "sha256")
    headers = {
        "Webhook_Id": "msg_1",
        "Webhook_Timestamp": sent_at,
        "Webhook_Signature": f"v1,{base64.b64encode(signature).decode()}",
    }
    path = "/api/webhooks/payments"
    assert [site.call("POST", path, body, **headers)[0] for _ in range(2)] == [204, 204]
    assert site.call("POST", path, b"{}", **headers)[0] == 403

    handled = uv(site.project, "run", "flask", "webhooks", "handle", **DEVELOPMENT)
    assert handled.count("Handled paid.") == 1
