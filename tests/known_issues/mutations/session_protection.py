"""Faults in the session identifier, and in the check that refuses "strong"."""

from __future__ import annotations

from pathlib import Path

from tests.support.planting import replace

ANSWERS: dict[str, object] = {}
MODULE = "app/accounts/session_protection.py"
ADDRESS = "without_port(request.remote_addr or '')"


def nothing_done(project: Path) -> None:
    line = "mode, name = login_manager.session_protection"
    replace(project, MODULE, line, f"return\n    {line}")


def strong_taken(project: Path) -> None:
    replace(project, MODULE, '("basic", None)', '("basic", "strong", None)')


def strong_by_default(project: Path) -> None:
    strong_taken(project)
    replace(
        project,
        MODULE,
        'app.config.get(name, "basic")',
        'app.config.get(name, "strong")',
    )


def off_by_default(project: Path) -> None:
    replace(project, MODULE, 'app.config.get(name, "basic")', "app.config.get(name)")


def mode_of_the_manager(project: Path) -> None:
    replace(
        project,
        MODULE,
        'app.config["SESSION_PROTECTION"] = mode',
        'app.config.pop("SESSION_PROTECTION", None)',
    )


def identifier_of_flask_login(project: Path) -> None:
    replace(
        project, MODULE, "login_manager._session_identifier_generator = identifier", ""
    )


def header_read(project: Path) -> None:
    header = "request.headers.get('X-Forwarded-For', request.remote_addr or '')"
    replace(project, MODULE, ADDRESS, header)


def route_read(project: Path) -> None:
    replace(project, MODULE, ADDRESS, "request.access_route[0]")


def address_left_out(project: Path) -> None:
    replace(project, MODULE, ADDRESS, "''")


def browser_left_out(project: Path) -> None:
    replace(project, MODULE, "{request.user_agent.string}", "")


def port_kept(project: Path) -> None:
    replace(project, MODULE, ADDRESS, "request.remote_addr or ''")


MUTATIONS = {
    "nothing is done": nothing_done,
    "strong is taken": strong_taken,
    "strong is the default": strong_by_default,
    "nothing is the default": off_by_default,
    "an attribute of the manager decides": mode_of_the_manager,
    "Flask-Login says what a place is": identifier_of_flask_login,
    "a header that any client can send is the place": header_read,
    "the first address of the route is the place": route_read,
    "an address is no part of the place": address_left_out,
    "a browser is no part of the place": browser_left_out,
    "each connection behind some proxies is a place": port_kept,
}
