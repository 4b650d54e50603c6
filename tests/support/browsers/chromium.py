"""A page in Chromium: its content, its console messages and its dialogs."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any
from typing import BinaryIO

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


@dataclass
class Page:
    """A tab, driven by Chromium's DevTools protocol: a NUL byte ends each message."""

    to: BinaryIO
    by: BinaryIO
    session: str = ""
    complaints: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)
    loaded: int = 0

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        message: dict[str, object] = {"id": next(self.numbers), "method": method}
        if self.session:
            message["sessionId"] = self.session
        self.to.write(json.dumps({**message, "params": parameters}).encode() + b"\0")
        while (answer := self.receive()).get("id") != message["id"]:
            self.note(answer)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def receive(self) -> dict[str, Any]:
        received = bytearray()
        while not received.endswith(b"\0"):
            part = self.by.read(1)
            assert part, "Chromium has ended"
            received += part
        message: dict[str, Any] = json.loads(received[:-1])
        return message

    def note(self, event: dict[str, Any]) -> None:
        details = event.get("params", {})
        match event.get("method"):
            case "Page.loadEventFired":
                self.loaded += 1
            case "Log.entryAdded" if details["entry"]["level"] == "error":
                self.complaints.append(details["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.complaints.append(str(details["exceptionDetails"]))
            case "Page.javascriptDialogOpening":
                self.questions.append(details["message"])
                self.send("Page.handleJavaScriptDialog", accept=True)

    def send(self, method: str, **parameters: object) -> None:
        """Call without waiting for the result."""
        message = {"id": -1, "method": method, "sessionId": self.session}
        self.to.write(json.dumps({**message, "params": parameters}).encode() + b"\0")

    def open(self, url: str) -> None:
        before = self.loaded
        self.call("Page.navigate", url=url)
        self.wait_for_load(before)

    def wait_for_load(self, before: int) -> None:
        while self.loaded == before:
            self.note(self.receive())

    def run(self, script: str) -> Any:
        """Return the value of an expression; a promise is awaited."""
        result = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True,
            awaitPromise=True, userGesture=True,
        )  # fmt: skip
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def follow(self, script: str) -> None:
        """Run a script that opens another page, and wait for that page."""
        before = self.loaded
        self.run(f"setTimeout(() => {{ {script} }}), 0")
        self.wait_for_load(before)

    def wait_until(self, condition: str, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not self.run(condition):
            assert time.monotonic() < end, f"{condition} on:\n{self.text}"
            time.sleep(0.1)

    @property
    def text(self) -> str:
        return str(self.run("document.documentElement.outerHTML"))


@contextlib.contextmanager
def chromium(folder: Path) -> Iterator[Page]:
    """Start Chromium, or skip the test if the machine has none."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("Chromium is not installed")
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    # Chromium reads file descriptor 3 and writes 4.
    command = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
    process = subprocess.Popen(
        ["bash", "-c", command, program, *OPTIONS, "--remote-debugging-pipe",
         f"--user-data-dir={folder}"],
        pass_fds=(theirs_in, theirs_out), stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    os.close(theirs_in)
    os.close(theirs_out)
    with os.fdopen(ours_out, "wb", 0) as to, os.fdopen(ours_in, "rb") as by:
        try:
            yield first_page(Page(to, by))
        finally:
            # The group holds its helpers too, which would write on into its folder.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def first_page(page: Page) -> Page:
    target = page.call("Target.createTarget", url="about:blank")["targetId"]
    attached = page.call("Target.attachToTarget", targetId=target, flatten=True)
    page.session = attached["sessionId"]
    for domain in ("Page", "Log", "Runtime"):
        page.call(f"{domain}.enable")
    return page
