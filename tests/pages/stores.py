"""Stores of releases, served; what the page and what Copier make of answers."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

from playwright.sync_api import Page

from tests.commands.release_diff import Answers
from tests.commands.release_diff import AnswersError
from tests.commands.release_diff import published
from tests.commands.release_diff import Templates
from tests.commands.store import SOURCE
from tests.support.facts.answers import TEXTS
from tests.support.rendering import files

# The hash of each file, or the sentence of the release that refuses the answers.
Made = dict[str, str] | str

# Texts that need quotes in some file, or that are broken into lines.
AWKWARD = [
    "Ünïque \"App\" 'a' \\ b",
    "it's: # no comment",
    "- 1. *bold* [link](x) <b>&amp;</b> {{ 7 * 7 }} {% raw %}",
    "yes",
    "2026-11-27",
    " padded ",
    "日本 app",
    "@home 🙂 ~ a|b `c` $HOME",
    "a text that is long enough to be broken " * 2 + "and it is: broken",
]
FREE = ("project_name", "description", "author_name")

HASHES = """
async ({address, cases}) => {
  const {Store, served} = await import("/store.js");
  const {answered, known, rendered, Refusal} = await import("/copier.js");
  const store = new Store(served(new URL(address, location.href)));
  const hex = bytes => [...new Uint8Array(bytes)].map(
    byte => byte.toString(16).padStart(2, "0")).join("");
  const hashes = async files => {
    const found = {};
    for (const [path, file] of files) {
      const bytes = file.stored
        ? await store.bytes(file.stored) : new TextEncoder().encode(file.text);
      const hash = hex(await crypto.subtle.digest("SHA-256", bytes));
      found[path] = (file.executable ? "executable " : "") + hash;
    }
    return found;
  };
  const made = async ({version, answers, source}) => {
    const release = await store.release(version);
    try {
      const {given} = known(release, answers);
      return await hashes(await rendered(await answered(release, given, {source})));
    } catch (error) {
      if (error instanceof Refusal) return error.message;
      return `${error}`;
    }
  };
  const found = [];
  for (const one of cases) found.push(await made(one));
  return found;
}
"""
QUESTIONS = """
async ({version}) => {
  const {Store, served} = await import("/store.js");
  const {answered} = await import("/copier.js");
  const store = new Store(served(new URL("store/", location.href)));
  const project = await answered(await store.release(version), {}, {});
  return project.questions.filter(question => question.shown).map(
    ({name, type, multiselect, choices}) => ({name, type, multiselect, choices}));
}
"""


@dataclass(frozen=True)
class Case:
    version: str
    answers: Answers

    def __str__(self) -> str:
        return f"{self.version} {json.dumps(self.answers, ensure_ascii=False)}"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Write nothing: a failing test shows what the browser complains about."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder as `python -m http.server` does, and yield the address."""
    handler = functools.partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def in_browser(page: Page, cases: list[Case], address: str = "store/") -> list[Made]:
    """Return what the modules of the page make of each case."""
    asked = [
        {"version": case.version, "answers": case.answers, "source": SOURCE}
        for case in cases
    ]
    found: list[Made] = page.evaluate(HASHES, {"address": address, "cases": asked})
    return found


def by_copier(templates: Templates, case: Case, folder: Path) -> Made:
    """Return what Copier makes of a case."""
    try:
        project = templates.render(case.version, case.answers, folder)
    except AnswersError as error:
        return str(error).removeprefix(f"{case.version}: ")
    published(project, case.version)
    return {
        path: ("executable " if (project / path).stat().st_mode & 0o111 else "")
        + hashlib.sha256(content).hexdigest()
        for path, content in files(project).items()
    }


def differences(wanted: Made, made: Made) -> list[str]:
    """Return the paths whose files differ, or both sentences."""
    if isinstance(wanted, str) or isinstance(made, str):
        return [] if wanted == made else [f"wanted {wanted}", f"made {made}"]
    paths = wanted.keys() | made.keys()
    return sorted(path for path in paths if wanted.get(path) != made.get(path))


def random_answers(questions: list[dict[str, Any]], chance: Random) -> Answers:
    """Return answers to about two of three questions; some are refused."""
    return {
        question["name"]: value_of(question, chance)
        for question in questions
        if chance.random() < 2 / 3
    }


def value_of(question: dict[str, Any], chance: Random) -> Any:
    values = [value for _, value in question["choices"]]
    if question["multiselect"]:
        return [value for value in values if chance.random() < 1 / 4]
    if values:
        return chance.choice(values)
    if question["type"] == "bool":
        return chance.choice([True, False])
    name = question["name"]
    return chance.choice([*TEXTS.get(name, []), *(AWKWARD if name in FREE else [])])
