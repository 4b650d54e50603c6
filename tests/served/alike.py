"""Whether answers tell who has an account: by what they say, and by their time.

A case is a form and the addresses that are typed into it. All of its answers must have
the same status, the same headers and the same text, and take the same time.
"""

from __future__ import annotations

import contextlib
import random
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from tests.support.browsers.client import Browser
from tests.support.rendering import BIN
from tests.support.running.projects import free_port
from tests.support.running.projects import PRODUCTION
from tests.support.running.projects import served
from tests.support.running.projects import Server
from tests.support.running.projects import until
from tests.support.running.projects import uv

# How much longer the median of one address may take than that of another: 1.1 is 10 %.
MOST = 1.1

# Samples of each address. There is one verdict, on all of them: a measure that is
# repeated until it is good shows luck.
SAMPLES = 30
WARM_UP = 5
# Seconds in which the jobs of an answer have ended.
JOBS_END = 3

# On a busy machine chance alone makes more than MOST. How often the samples are dealt
# out again, at random, to see how much.
DEALS = 1000

FORM = {"Content-Type": "application/x-www-form-urlencoded"}

# Numbers for addresses that nobody has used yet.
NUMBERS = count(1)


def by_email(email: str) -> dict[str, str]:
    """Return what is typed into a form with an address alone."""
    return {"email": email}


@dataclass(frozen=True)
class Case:
    """A form, and the addresses to compare.

    `typed` returns what is typed for one of them; `{number}` in an address is another
    one each time.
    """

    id: str
    path: str
    addresses: Mapping[str, str]
    typed: Callable[[str], dict[str, str]] = by_email
    # Who asks is logged in.
    logged_in: bool = False


@dataclass
class Site:
    """A project that is served, with a mail server that takes all mail."""

    server: Server
    mailbox: Path
    # How many threads the server has when it does nothing.
    at_rest: int = 0

    def mails(self) -> int:
        return len(list((self.mailbox / "new").glob("*")))

    def threads(self) -> int:
        """Return how many threads all processes of the server have."""
        found = 0
        # No glob of "*/stat": it raises when a process ends while it looks.
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                stat = (process / "stat").read_text()
                values = stat.rpartition(")")[2].split()
                if int(values[2]) == self.server.process.pid:
                    found += int(values[17])
        return found

    def rest(self) -> None:
        """Wait until the jobs of the last answer have ended, each in its thread."""
        ends = time.monotonic() + JOBS_END
        while self.threads() > self.at_rest:
            if time.monotonic() > ends:
                # A thread that stays answers requests.
                self.at_rest = self.threads()
            time.sleep(0.01)


@contextlib.contextmanager
def mail_server(project: Path, mailbox: Path) -> Iterator[int]:
    """Run a mail server in a separate process; yields its port."""
    port = free_port()
    python = project / ".venv/bin/python"
    options = ("-m", "aiosmtpd", "--nosetuid", "--listen", f"127.0.0.1:{port}")
    handler = ("--class", "aiosmtpd.handlers.Mailbox", str(mailbox))
    with (project.parent / "smtp.log").open("w") as log:
        process = subprocess.Popen(
            [str(python), *options, *handler], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        until(lambda: answers(port), 20)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def answers(port: int) -> bool:
    """Return whether a program listens on a port of loopback."""
    return not subprocess.run(
        ["bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port}"],
        capture_output=True,
        check=False,
    ).returncode


def settings_of(project: Path, port: int) -> dict[str, str]:
    """Return the settings of a site in production, on a database without accounts.

    No limit is reached: each request does all of its work. A hash of a password takes
    an eighth of the usual time, so that it hides less of what else is done.
    """
    names = ("LOGIN_LIMIT", "LOGIN_NETWORK_LIMIT", "LOGIN_PATIENCE")
    more = ("MAIL_ADDRESS_LIMIT", "MAIL_NETWORK_LIMIT", "REGISTRATION_LIMIT")
    database = project.parent / "alike.db"
    database.unlink(missing_ok=True)
    settings = {
        **PRODUCTION,
        "DATABASE_URL": f"sqlite:///{database}",
        "MAIL_URL": f"smtp://127.0.0.1:{port}",
        "SITE_URL": "http://127.0.0.1",
        "WEB_CONCURRENCY": "1",
        "FLASK_HASH_METHOD": "scrypt:4096:8:1",
        **{f"FLASK_{name}": "100000 per hour" for name in (*names, *more)},
    }
    uv(project, "run", "--no-sync", "flask", "db", "upgrade", **settings)
    return settings


@contextlib.contextmanager
def site(project: Path, settings: dict[str, str], mailbox: Path) -> Iterator[Site]:
    command = (str(BIN / "uv"), "run", "--no-sync", "gunicorn", "run:app")
    with served(project, *command, "--bind=127.0.0.1:PORT", **settings) as server:
        running = Site(server, mailbox)
        running.at_rest = running.threads()
        yield running


@dataclass(frozen=True)
class Sample:
    """One answer: how long it took in seconds, and what it says."""

    seconds: float
    says: tuple[object, ...]


def sample(browser: Browser, case: Case, token: str, address: str) -> Sample:
    email = address.format(number=next(NUMBERS))
    body = urlencode({**case.typed(email), "csrf_token": token})
    began = time.perf_counter()
    browser.ask("POST", case.path, body, **FORM)
    took = time.perf_counter() - began
    return Sample(took, what_it_says(browser, email))


def what_it_says(browser: Browser, email: str) -> tuple[object, ...]:
    """Return what a visitor can see, without what differs in every answer.

    The address is among that, as the form shows again what was typed.
    """
    text = re.sub(r'name="csrf_token"[^>]* value="[^"]+"', "", browser.text)
    names = sorted(name.lower() for name, _ in browser.headers)
    shown = text.replace(email, "(address)")
    return browser.status, names, browser.sent("Location"), shown


def measure(site: Site, browser: Browser, case: Case) -> dict[str, list[Sample]]:
    """Return samples of each address, taken in an order that is all chance.

    Nothing runs beside a request: the jobs of the one before it have ended.
    """
    token = browser.token(case.path)
    order = list(case.addresses) * SAMPLES
    random.Random(SAMPLES).shuffle(order)  # noqa: S311  # no secret
    found: dict[str, list[Sample]] = {name: [] for name in case.addresses}
    for name in [*list(case.addresses) * WARM_UP, *order]:
        site.rest()
        found[name].append(sample(browser, case, token, case.addresses[name]))
    return {name: samples[WARM_UP:] for name, samples in found.items()}


def medians(found: Mapping[str, list[Sample]]) -> dict[str, float]:
    """Return the median of each address in milliseconds."""
    return {
        name: median(one.seconds for one in samples) * 1000
        for name, samples in found.items()
    }


def ratio(found: Mapping[str, list[Sample]]) -> float:
    """Return how many times as long the slowest address takes as the fastest."""
    took = medians(found).values()
    return max(took) / min(took)


def chance(found: Mapping[str, list[Sample]]) -> float:
    """Return what `ratio()` stays below in 99 of 100 cases if no address differs.

    The order of the requests was all chance. So if no address differs, these samples
    could as well have been those of other addresses.
    """
    order = random.Random(SAMPLES)  # noqa: S311  # no secret
    all_samples = [one for samples in found.values() for one in samples]
    ratios = []
    for _ in range(DEALS):
        order.shuffle(all_samples)
        dealt = {
            str(start): all_samples[start : start + SAMPLES]
            for start in range(0, len(all_samples), SAMPLES)
        }
        ratios.append(ratio(dealt))
    return sorted(ratios)[DEALS * 99 // 100]


def empty(mailbox: Path) -> Path:
    shutil.rmtree(mailbox, ignore_errors=True)
    return mailbox
