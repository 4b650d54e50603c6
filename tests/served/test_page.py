"""Each command of docs/deploying.md runs unchanged, or is listed with the reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

import pytest

from tests.served.machine import Machine
from tests.served.machine import machine
from tests.support.rendering import commit_all
from tests.support.rendering import git
from tests.support.rendering import Renderer
from tests.support.rendering import start_repository
from tests.support.running.page_commands import Block
from tests.support.running.page_commands import blocks
from tests.support.running.page_commands import inline
from tests.support.running.page_commands import NOT_RUN
from tests.support.running.page_commands import platform
from tests.support.running.projects import install
from tests.support.running.projects import PRODUCTION
from tests.support.running.projects import uv

SLUG = "my-flask-app"
FOLDER = f"/srv/{SLUG}"
CASES = {
    "sqlite, gunicorn": ("sqlite", "gunicorn", set[str]()),
    "postgresql, granian": ("postgresql", "granian", {"postgresql"}),
    "mysql, gevent": ("mysql", "gunicorn-gevent", {"mariadb"}),
}
ADDRESSES = {
    "sqlite": f"sqlite:////var/lib/{SLUG}/app.db",
    "postgresql": "postgresql://app@127.0.0.1/app",
    "mysql": "mysql://app@localhost/app",
}
PASSWORD = "a password of theirs"  # of a database that is thrown away
FIRST = "you@example.com"  # the administrator of the page
# Replaces the editor that `sudoedit` opens, and makes the edits of the page.
EDITOR = """\
#!/bin/sh
if grep -q server_name "$1"; then
    sed -i 's/server_name .*;/server_name example.com;/' "$1"
else
    cat {settings} >> "$1"
fi
"""
CREATE = (
    "import run\nfrom app.accounts import users\n"
    "with run.app.app_context(): users.create({email!r}, 'a password of hers')"
)


# Inline commands that other tests run.
# Run by the last test below, by test_bench.py and by tests/pages.
ELSEWHERE = {
    "uv run just secret",
    "uv run just bench",
    "uv run just bench /about",
    "flask routes",
}
RENDERED: list[dict[str, object]] = [
    {"database": database, "server": server, "docker": docker}
    for database in ("sqlite", "postgresql", "mysql")
    for server in ("gunicorn", "granian")
    for docker in (True, False)
]


@dataclass
class Reader:
    """Runs the commands of the page, as an account that may call sudo."""

    machine: Machine
    shared: Path
    folder: str = "/home/reader"
    section: str = ""
    values: dict[str, str] = field(default_factory=dict)

    def follow(self, block: Block, answers: str = "") -> str:
        """Run a block unchanged, except for placeholders."""
        if block.section != self.section:
            self.section, self.folder = block.section, "/home/reader"
        text = block.text
        for word, value in self.values.items():
            text = re.sub(rf"\b{word}\b", value, text)
        return self.run(text, answers)

    def run(self, text: str, answers: str = "") -> str:
        done = self.machine.run(
            "runuser -u reader -- bash -euo pipefail -c \"$TEXT\"",
            self.folder, answers, TEXT=f"{text}\npwd > /home/reader/.folder",
            EDITOR=str(self.shared / "editor"), HOME="/home/reader",
        )  # fmt: skip
        self.folder = self.machine.run("cat /home/reader/.folder").strip()
        return done

    def as_service(self, command: str) -> str:
        # In a subshell, because the reader does not change the folder.
        return self.run(f"(cd {FOLDER} && sudo sh deploy/run-as-service {command})")

    def account(self, email: str) -> None:
        self.as_service(f'python -c "{CREATE.format(email=email)}"')

    def accounts(self) -> list[str]:
        return re.findall(r"\w+@example\.com", self.as_service("flask users list"))

    def state(self) -> str:
        command = f"systemctl is-active {SLUG}.service"
        return self.machine.attempt(command).stdout.strip()

    def serves(self, name: str) -> bool:
        """Tell whether the start page has that name; nginx reloads in its own time."""
        look = f"curl --silent -H 'Host: example.com' http://127.0.0.1/ | grep '{name}'"
        again = f"for _ in $(seq 50); do {look} && exit; sleep 0.1; done; exit 1"
        return self.machine.attempt(again).returncode == 0


@pytest.fixture(params=CASES)
def case(
    request: pytest.FixtureRequest, render: Renderer, tmp_path: Path
) -> Iterator[tuple[str, Path, Reader]]:
    """A database, a project in a repository, and a reader at a new machine."""
    database, server, services = CASES[request.param]
    project = render(preset="website", database=database, server=server)
    # With it the cache of uv has what the machine installs, without a network.
    install(project, tmp_path / "environment", "/usr/bin/python3", dev=False)
    start_repository(project, "The first release")
    (tmp_path / "settings").write_text(
        f"SECRET_KEY={'k' * 48}\nDATABASE_URL={ADDRESSES[database]}\n"
        f"DATABASE_PASSWORD='{PASSWORD}'\nTRUSTED_HOSTS=example.com\nPROXY_HOPS=1\n"
        "SITE_URL=https://example.com\n"
        "APP_CONFIG=production\n"
    )
    (tmp_path / "editor").write_text(EDITOR.format(settings=tmp_path / "settings"))
    (tmp_path / "editor").chmod(0o755)
    tmp_path.chmod(0o755)

    with machine(services, tmp_path) as booted:
        booted.run(
            "useradd --create-home reader\n"
            "echo 'reader ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/reader"
        )
        reader = Reader(booted, tmp_path)
        reader.values = {
            "ADDRESS": str(project),
            "PASSWORD": PASSWORD,
            "RELEASE": git(project, "rev-parse", "HEAD").strip(),
        }
        yield database, project, reader


class Steps:
    """The blocks of the page, in their order; none of them is left out."""

    def __init__(self, blocks: list[Block]) -> None:
        self.blocks = blocks

    def next(self, *words: str) -> Block:
        """Return the next block, which must hold one of the words."""
        block = self.blocks.pop(0)
        assert any(word in block.text for word in words), block.text
        return block

    def until(self, word: str) -> Iterator[Block]:
        while word not in self.blocks[0].text:
            yield self.blocks.pop(0)
        yield self.blocks.pop(0)

    def rest(self) -> Iterator[Block]:
        while self.blocks:
            yield self.blocks.pop(0)


def test_the_commands_for_a_machine_do_what_the_page_says(
    case: tuple[str, Path, Reader],
) -> None:
    database, project, reader = case
    steps = Steps([block for block in blocks(project) if block.runs_in == "machine"])

    # Of the database user in PostgreSQL, and of the first administrator.
    answers = f"{PASSWORD}\n{PASSWORD}\n"
    for block in steps.until("nginx -t"):
        said = reader.follow(block, answers)
        if "/api/ready" in block.text:
            assert "ok" in said
    assert reader.serves("My Flask App")

    release(project, "Second Release")
    reader.follow(steps.next("git pull"))
    assert reader.serves("Second Release")

    reader.account("kept@example.com")
    assert "Deleted accounts: 0." in reader.follow(steps.next("flask users purge"))
    reader.follow(steps.next("VACUUM", "dump"))
    reader.account("later@example.com")
    assert reader.accounts() == [FIRST, "kept@example.com", "later@example.com"]
    if database == "sqlite":
        reader.values["COPY"] = reader.run("sudo ls /root").split(".db")[0]
    restore = steps.next("systemctl stop")
    reader.run(restore.text.splitlines()[0])
    assert reader.state() == "inactive"
    reader.follow(restore)
    assert reader.accounts() == [FIRST, "kept@example.com"]
    assert reader.serves("Second Release")

    reader.follow(steps.next("git checkout"))
    assert reader.serves("My Flask App")
    reader.follow(steps.next("git checkout main"))
    reader.follow(steps.next("flask db downgrade"))
    assert "key" in reader.follow(steps.next("flask new-key"))
    assert list(steps.rest()) == []


def release(project: Path, name: str) -> None:
    site = project / "app/site.toml"
    site.write_text(site.read_text().replace("My Flask App", name))
    commit_all(project, name)


# Of the three, the one whose database is a file: a platform brings its server.
@pytest.mark.parametrize("case", ["sqlite, gunicorn"], indirect=True)
def test_the_commands_for_a_platform_serve_the_site(
    case: tuple[str, Path, Reader],
) -> None:
    _, project, reader = case
    commands = platform(project)
    assert set(commands) == {"build", "release", "start"}
    place = {"folder": str(project), "PORT": "8123"}
    variables = {
        **PRODUCTION,
        "TRUSTED_HOSTS": "*",
        "DATABASE_URL": f"sqlite:///{project}/platform.db",
    }
    reader.machine.run(commands["build"], **place, **variables)
    reader.machine.run(commands["release"], **place, **variables)
    start = f"{commands['start']} > /dev/null 2>&1 & sleep 0; {WAIT}"
    answer = reader.machine.run(start, **place, **variables)

    assert "ok" in answer


WAIT = (
    "for _ in $(seq 100); do curl --silent --fail http://127.0.0.1:8123/api/ready"
    " && break; sleep 0.2; done; kill %1"
)


@pytest.mark.parametrize("answers", RENDERED, ids=repr)
def test_each_command_is_run_or_named_with_the_reason(
    answers: dict[str, object], render: Renderer
) -> None:
    project = render(preset="full", **answers)
    run = {*platform(project).values(), *NOT_RUN, *ELSEWHERE}
    text = "".join(block.text for block in blocks(project))

    # Sentences name parts of commands, such as `flask db upgrade`.
    run = run | {command for command in inline(project) if command in text}

    assert inline(project) - run == set()


def test_a_key_is_made_by_the_command_of_the_page(
    installed: Callable[..., Path],
) -> None:
    key = uv(installed(preset="website"), "run", "just", "secret").strip()

    assert len(key) >= 32
