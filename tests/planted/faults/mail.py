"""Faults in what mail says, to whom, and in what waits for a mail server."""

from __future__ import annotations

DELIVERY = "app/core/mail_delivery.py"
MAIL = "app/core/mail.py"
MESSAGES = "app/core/mail_messages.py"
PAGE = "app/core/mail_page.py"
SETTINGS = "app/core/mail_settings.py"
THREADS = "app/core/mail_threads.py"
OWN = "tests/maintained/core/test_mail.py"
SERVERS = "tests/maintained/core/test_mail_delivery.py"
SHOWN = "tests/maintained/core/test_mail_page.py"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "a page waits for the mail server": (
        MAIL, "mailer().start(work if function is send_now else after_pause(work))",
        "work()", OWN,
    ),
    "a job has the host of its request": (
        MAIL, "        Context().run(call, app, origin, function, args)",
        "        call(app, origin, function, args)", OWN,
    ),
    "production is silent about a missing mail server": (
        MAIL, "    warn_without_server(app)\n", "", OWN,
    ),
    "a failure has a traceback": (
        MAIL, "    except mail_delivery.DeliveryError as error:\n        log_error(",
        "    except ZeroDivisionError as error:\n        log_error(", OWN,
    ),
    "an error has no request": (
        MAIL, 'extra={"fields": {"request_id": origin}})\n\n\ndef name_of',
        'extra={"fields": {}})\n\n\ndef name_of', OWN,
    ),
    "an address is not looked at": (
        MAIL, "            parsed_address(address)\n", "            pass\n", OWN,
    ),
    "a proxy goes to a thread": (
        MAIL, "if is_model or isinstance(value, LocalProxy):", "if is_model:", OWN,
    ),
    "production has no address for links": (
        SETTINGS, 'required="must', 'required="" and "must', OWN,
    ),
    "two addresses are one": (SETTINGS, "(),:;<>", "():;<>", OWN),
    "a mail goes to a domain of somebody else": (
        SETTINGS, "idna.encode(domain, uts46=True)", 'domain.encode("idna")', OWN,
    ),
    "a subject has line ends": (
        MESSAGES, "    return \" \".join(words)", "    return text", OWN,
    ),
    "values are not escaped": (
        MESSAGES, 'f"mail/{name}.html", **page', 'f"mail/{name}.txt", **page', OWN,
    ),
    "a queue has no limit": (
        THREADS, "if len(self.jobs) >= self.queue:", "if False:", OWN,
    ),
    "the end of a process waits for all": (
        THREADS, "        return time.monotonic() > self.seen_running + STOP_AFTER",
        "        return False", OWN,
    ),
    "the end of a process begins when a thread looks": (
        THREADS, "        if not is_stopping():\n            self.seen",
        "        if True:\n            self.seen", OWN,
    ),
    "each job waits its turn and then a moment": (
        MAIL, "mail_threads.pause(begins - time.monotonic())",
        "mail_threads.pause(random.uniform(*PAUSE))", OWN,
    ),
    "a job of a process that ends leaves its mail out": (
        MAIL, "isinstance(error, UnavailableError) or in_request", "True", OWN,
    ),
    "the end of a process waits for none": (
        THREADS, "daemon=False", "daemon=True", OWN,
    ),
    "a thread stays": (THREADS, "            self.running -= 1\n", "", OWN),
    "an attempt goes on as long as bytes come": (
        DELIVERY, "        self.timer.start()\n", "        pass\n", SERVERS,
    ),
    "the certificate is not checked": (
        DELIVERY, "    return ssl.create_default_context()",
        "    return ssl._create_unverified_context()", SERVERS,
    ),
    "STARTTLS is not used": (
        DELIVERY, "if wanted and not server.tls:", "if False:", SERVERS,
    ),
    "STARTTLS may be hidden from a password": (
        SETTINGS, '"required" if parts.password else "if-offered"', '"if-offered"',
        SERVERS,
    ),
    "a final answer is tried again": (
        DELIVERY, "if not error.is_temporary or number", "if number", SERVERS,
    ),
    "a temporary answer is final": (
        DELIVERY, "raise DeliveryError(answer(code, reason), is_temporary=code < 500)",
        "raise DeliveryError(answer(code, reason), is_temporary=False)", SERVERS,
    ),
    "scripts run in a shown mail": (
        PAGE, "sandbox allow-popups allow", "sandbox allow-scripts allow-popups allow",
        SHOWN,
    ),
    "the page is in production": (
        PAGE, 'if app.config["APP_CONFIG"] == "development":', "if True:", SHOWN,
    ),
    "all mails are kept": (PAGE, "in names()[MAX_KEPT:]", "in []", SHOWN),
}  # fmt: skip
