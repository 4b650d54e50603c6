"""Mail: `send()` sends one after the answer, `later()` does other work there.

A mail has two templates, mail/NAME.txt and mail/NAME.html. A mail server that is slow,
refuses or is away delays no page and raises nothing: the log has one error for each
mail that was not sent. What waits when a process is killed is lost.

`init_app()` binds links.py and mail_page.py too.

Settings: APP_CONFIG, MAIL_ATTEMPTS, MAIL_FROM, MAIL_QUEUE, MAIL_RETRY_SECONDS,
MAIL_THREADS, MAIL_TIMEOUT, MAIL_URL, SITE_URL. Maintained by copier-flask.
"""

from __future__ import annotations

import logging
import os
import random
import time
from collections.abc import Callable
from collections.abc import Iterable
from contextvars import Context
from email.message import EmailMessage
from functools import partial
from weakref import finalize

import click
import sqlalchemy as sa
from flask import current_app
from flask import Flask
from flask import g
from flask import has_request_context
from flask import request
from flask import Response
from flask.cli import with_appcontext
from flask.globals import app_ctx
from werkzeug.local import LocalProxy

from app.core import links
from app.core import mail_delivery
from app.core import mail_page
from app.core import mail_threads
from app.core.hooks import AFTER_SESSION
from app.core.mail_messages import compose
from app.core.mail_settings import mail_server
from app.core.mail_settings import parsed_address
from app.core.request_log import request_id
from app.core.rules import duration
from app.core.settings import is_production
from app.core.unavailable import UnavailableError

logger = logging.getLogger(__name__)

# Not "mail", which is Flask-Mail's.
KEY = "mail_delivery"

# Seconds, at random, between an answer and the job of its form: otherwise the next
# request would be slow or fast by what the job has to do, such as for a known address.
# The time in the queue counts: no thread waits while others work.
PAUSE = (0.1, 0.4)

# A key of the WSGI environment: what waits until the answer is sent.
WAITING = "app.after_answer"


class Mailer:
    """What mail has of an application."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        # By process: a fork copies the application but not its threads.
        self.threads: dict[int, mail_threads.Threads] = {}
        # In tests a mail goes here; None sends it.
        testing = app.config["APP_CONFIG"] == "testing"
        self.outbox: list[EmailMessage] | None = [] if testing else None

    def start(self, job: Callable[[], None]) -> None:
        """Call `job` in a thread of this process; raises `UnavailableError`."""
        process = os.getpid()
        config = self.app.config
        threads = self.threads.get(process) or self.threads.setdefault(
            process, mail_threads.Threads(config["MAIL_THREADS"], config["MAIL_QUEUE"])
        )
        threads.start(job)


def init_app(app: Flask) -> None:
    app.extensions[KEY] = Mailer(app)
    # First and last: what a hook of a request sends waits for the answer too.
    app.before_request_funcs.setdefault(None, []).insert(0, await_answer)
    app.extensions[AFTER_SESSION].append(start_after)
    links.init_app(app)
    mail_page.init_app(app)
    warn_without_server(app)
    # A command of this name that is the owner's stays.
    app.cli.commands.setdefault("send-test-mail", send_test_mail)


def warn_without_server(app: Flask) -> None:
    """Warn once, when a server of production starts, that it can send no mail."""
    in_command = click.get_current_context(silent=True)
    if is_production(app) and not app.config["MAIL_URL"] and not in_command:
        app.logger.warning("MAIL_URL is not set: no mail will be sent.")


def mailer() -> Mailer:
    """Return what mail has of the current application."""
    found: Mailer = current_app.extensions[KEY]
    return found


def send(
    name: str, to: str, /, *, reply_to: str | None = None, **values: object
) -> None:
    """Send the mail of the templates mail/NAME.txt and mail/NAME.html after the answer.

    The templates get `values`: texts and numbers. Raises ValueError for an address that
    is none, TypeError for a model or a proxy, and nothing because of the mail server,
    unless MAIL_THREADS is 0.
    """
    for address in (to, reply_to):
        if address is not None:
            parsed_address(address)
    check_values(values.values())
    later(send_now, name, to, reply_to, values)


def later(function: Callable[..., object], *args: object) -> None:
    """Call `function` after the answer, in a new application context.

    Pass plain values, and ids in place of models. What it raises is logged. If
    MAIL_QUEUE jobs wait, it is not called, which is logged too. With MAIL_THREADS = 0,
    as in tests, it has ended when this returns, and what it raises is raised here.

    Raises TypeError for a model or a proxy.
    """
    check_values(args)
    app, origin = app_ctx.app, request_id()

    def job() -> None:
        # In an empty context: a thread may start with a copy of its caller's.
        Context().run(call, app, origin, function, args)

    if not app.config["MAIL_THREADS"]:
        job()
        return

    work = partial(log_failure, function, origin, job)
    in_request = has_request_context()

    def start() -> None:
        with app.app_context():
            g.request_id = origin
            try:
                mailer().start(work if function is send_now else after_pause(work))
            except (UnavailableError, RuntimeError) as error:  # no thread can start
                if isinstance(error, UnavailableError) or in_request:
                    left_out = name_of(function, args)
                    log_error(origin, "%s is left out: %s", left_out, error)
                else:  # a job of a process that ends: nobody waits for its mail
                    work()

    after_answer(start)


def after_pause(job: Callable[[], None]) -> Callable[[], None]:
    """Return `job` with a pause before it, which begins now."""
    begins = time.monotonic() + random.uniform(*PAUSE)  # noqa: S311  # no secret

    def work() -> None:
        mail_threads.pause(begins - time.monotonic())
        job()

    return work


def after_answer(start: Callable[[], None]) -> None:
    """Call `start` when the server has sent the answer; at once outside of a request.

    A thread that works while the page is made would delay it. A form that must not
    tell whether it knows an address would tell it by that time.
    """
    waiting = request.environ.get(WAITING) if has_request_context() else None
    if waiting is None:
        start()
    else:
        waiting.append(start)


def await_answer() -> None:
    """Let what a request starts wait until its answer is sent."""
    request.environ[WAITING] = []


def start_after(response: Response) -> Response:
    """Start what waits for the answer, when the server has closed the response."""
    waiting: list[Callable[[], None]] = request.environ.pop(WAITING, [])
    if not waiting:
        return response

    def start_all() -> None:
        while waiting:
            waiting.pop(0)()

    # The server closes no answer without a body, and of a file the file only.
    has_body = request.method != "HEAD" and response.status_code not in {204, 304}
    if has_body and not response.direct_passthrough:
        # With the response itself, if the server does not call close().
        response.call_on_close(finalize(response, start_all))
    else:
        start_all()
    return response


def check_values(values: Iterable[object]) -> None:
    """Raise TypeError for what another thread cannot use."""
    for value in values:
        is_model = sa.inspect(type(value), raiseerr=False) is not None
        if is_model or isinstance(value, LocalProxy):
            raise TypeError(
                f"Mail takes no model and no proxy, such as this "
                f"{type(value).__name__}: pass the values or the id that it needs."
            )


def call(
    app: Flask, origin: str, function: Callable[..., object], args: tuple[object, ...]
) -> None:
    """Call a function in a context whose `url_for()` makes absolute addresses.

    Raises `NoSiteAddressError`, and what the function raises.
    """
    with app.app_context():
        g.request_id = origin
        app_ctx.url_adapter = links.adapter(app)
        function(*args)


def log_failure(
    function: Callable[..., object], origin: str, job: Callable[[], object]
) -> None:
    """Call a job, and log what it raises."""
    try:
        job()
    except mail_delivery.DeliveryError as error:
        log_error(origin, "%s", error)
    except Exception:
        logger.exception(
            "%s failed.", name_of(function), extra={"fields": {"request_id": origin}}
        )


def log_error(origin: str, message: str, *args: object) -> None:
    """Log an error with the id of the request that the mail comes from."""
    logger.error(message, *args, extra={"fields": {"request_id": origin}})


def name_of(function: Callable[..., object], args: tuple[object, ...] = ()) -> str:
    """Return what a job is called in the log."""
    if function is send_now and args:
        return f"The mail {args[0]} to {args[1]}"
    return f"The job {getattr(function, '__qualname__', type(function).__qualname__)}"


def send_now(
    name: str, to: str, reply_to: str | None, values: dict[str, object]
) -> None:
    """Make a mail and hand it to the mail server.

    Raises `DeliveryError`, and ValueError as `compose()` does.
    """
    message = compose(name, to, reply_to, values)
    # A template may have read rows: no connection is held during the delivery.
    current_app.extensions["sqlalchemy"].session.remove()
    outbox, config = mailer().outbox, current_app.config
    if outbox is not None:
        outbox.append(message)
        return
    if config["APP_CONFIG"] == "development":
        show(message)
        if not config["MAIL_URL"]:
            return
    try:
        if not config["MAIL_URL"]:
            raise mail_delivery.DeliveryError("MAIL_URL is not set", is_temporary=False)
        mail_delivery.deliver_with_retries(
            message,
            mail_server(config["MAIL_URL"]),
            duration("MAIL_TIMEOUT").total_seconds(),
            attempts=config["MAIL_ATTEMPTS"],
            wait=partial(pause, duration("MAIL_RETRY_SECONDS").total_seconds()),
        )
    except mail_delivery.DeliveryError as error:
        raise mail_delivery.DeliveryError(
            f"The mail {name} to {to} was not sent: {str(error).rstrip('.')}.",
            is_temporary=error.is_temporary,
        ) from error


def pause(seconds: float, number: int) -> bool:
    """Wait before the attempt after this number; False if the process ends."""
    return mail_threads.pause(seconds * number)


def show(message: EmailMessage) -> None:
    """Print a mail on the console of development, and keep it for /dev/mail."""
    mail_page.keep(message)
    text = mail_page.part(message, "plain")
    click.echo(f"Mail to {message['To']}: {message['Subject']}\n\n{text}", err=True)


@click.command("send-test-mail")
@click.argument("address")
@with_appcontext
def send_test_mail(address: str) -> None:
    """Send a mail to ADDRESS now, and say what the mail server answers."""
    try:
        call(app_ctx.app, request_id(), send_now, ("test", address, None, {}))
    except (mail_delivery.DeliveryError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"The mail to {address} was sent.")
