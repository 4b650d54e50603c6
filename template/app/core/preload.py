"""Keeps templates and static versions in memory while a new release is copied.

What needs the complete application is here too: templates get `has_endpoint()` when the
owner's options of Jinja are set, and settings are compared with the views.

A release puts new files in place and then restarts the server. Until then the old code
must show its own templates and name its own static files. Templates that change while
the server runs have no effect in production. Maintained by copier-flask.
"""

from __future__ import annotations

import logging

import click
from flask import current_app
from flask import Flask
from flask import request

from app.core import settings
from app.core import static_files

logger = logging.getLogger(__name__)

NOT_A_TEMPLATE = (OSError, UnicodeError)  # such as a picture


def load(app: Flask) -> None:
    """Load templates and the versions of static files, in a server of production.

    It is the last step of the factory: blueprints bring templates too. Raises
    `SettingsError` for a setting that does not fit the views.
    """
    settings.check_views(app)
    app.jinja_env.globals.setdefault("has_endpoint", has_endpoint)
    in_command = click.get_current_context(silent=True)
    if settings.is_production(app) and not in_command:
        load_templates(app)
        static_files.remember_versions(app)


def has_endpoint(name: str) -> bool:
    """Return whether `url_for()` knows an endpoint, in a template.

    A page of the template may have a link to a view that a project has removed.
    """
    if name.startswith("."):
        name = f"{request.blueprint}{name}" if request.blueprint else name[1:]
    try:
        current_app.url_map.iter_rules(name)
    except KeyError:
        return False
    return True


def load_templates(app: Flask) -> None:
    """Load every template; a broken one fails only when a page uses it."""
    environment = app.jinja_env
    # Jinja's own cache would drop all but 400.
    environment.cache = {}
    try:
        names = environment.list_templates()
    except TypeError:  # a loader that cannot list its templates
        return
    for name in names:
        try:
            environment.get_template(name)
        except NOT_A_TEMPLATE:
            continue
        # Only the pages that use it fail, as without preloading.
        except Exception as error:  # noqa: BLE001
            logger.warning("The template %s cannot be loaded: %s", name, error)
