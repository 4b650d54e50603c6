"""Faults in serving in production: templates, URLs, client addresses, log lines."""

from __future__ import annotations

LOG = "app/core/request_log.py"
PRELOAD = "app/core/preload.py"
PROXY = "app/core/proxy.py"
RESPONSES = "app/core/responses.py"
STATIC = "app/core/static_files.py"


def own(name: str) -> str:
    return f"tests/maintained/core/test_serving.py::test_{name}"


FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "templates are read when they are shown": (
        PRELOAD,
        "        load_templates(app)\n",
        "",
        own("production_uses_the_templates_loaded_at_start"),
    ),
    "templates are loaded in every configuration": (
        PRELOAD,
        "if settings.is_production(app) and",
        "if",
        own("production_uses_the_templates_loaded_at_start"),
    ),
    "the cache of templates drops all but 400": (
        PRELOAD,
        "    environment.cache = {}\n",
        "",
        own("all_templates_stay_in_the_cache"),
    ),
    "a broken template ends the start": (
        PRELOAD,
        "except Exception as error:  # noqa: BLE001",
        "except KeyError as error:",
        own("a_broken_template_does_not_stop_others_from_loading"),
    ),
    "a picture among the templates ends the start": (
        PRELOAD,
        "NOT_A_TEMPLATE = (OSError, UnicodeError)",
        "NOT_A_TEMPLATE = (OSError,)",
        own("a_broken_template_does_not_stop_others_from_loading"),
    ),
    "a template has links to views that are gone": (
        PRELOAD,
        "        return False\n",
        "        return True\n",
        own("a_template_knows_whether_an_endpoint_exists"),
    ),
    "the endpoint of an area is not found by its short name": (
        PRELOAD,
        'name.startswith(".")',
        "False",
        own("a_template_knows_whether_an_endpoint_exists"),
    ),
    "a global of the owner is replaced": (
        PRELOAD,
        '.setdefault("has_endpoint", has_endpoint)',
        '.update({"has_endpoint": has_endpoint})',
        own("a_global_of_the_owner_is_kept"),
    ),
    "pages name the files of the next version": (
        STATIC,
        "current_app.extensions[REMEMBERED].get(filename) or version(filename)",
        "version(filename)",
        own("static_urls_have_the_versions_read_at_start"),
    ),
    "an old address keeps the new content in caches": (
        STATIC,
        'if asked and asked == version(request.view_args["filename"]):',
        "if asked:",
        own("static_urls_have_the_versions_read_at_start"),
    ),
    "large files are read at start": (
        STATIC,
        "path.stat().st_size <= MAX_REMEMBERED",
        "True",
        own("only_small_static_files_are_read_at_start"),
    ),
    "an IPv4 client has the address of the socket": (
        RESPONSES,
        "        unmap_address(environ)\n",
        "",
        own("an_ipv4_client_on_an_ipv6_socket_has_an_ipv4_address"),
    ),
    "each address loses its prefix": (
        RESPONSES,
        'if client.startswith("::ffff:") and "." in client:',
        "if True:",
        own("an_ipv4_client_on_an_ipv6_socket_has_an_ipv4_address"),
    ),
    "a path that begins like that of the site is one below it": (
        PROXY,
        'if f"{path}/".startswith(f"{self.prefix}/"):',
        "if path.startswith(self.prefix):",
        own("a_site_below_a_path_answers_with_and_without_it"),
    ),
    "the server reads the path of the site too": (
        PROXY,
        '        os.environ.pop("SCRIPT_NAME", None)\n',
        "",
        own("servers_do_not_read_script_name_from_the_environment"),
    ),
    "any text is a path of the site": (
        PROXY,
        "if path and not PLAIN_PATH.fullmatch(path):",
        "if False:",
        own("an_invalid_site_path_stops_the_start"),
    ),
    "the level of the log does not count": (
        LOG,
        "    if not logger.isEnabledFor(level):\n        return\n",
        "",
        "tests/maintained/core/test_requests.py",
    ),
    "lines of other loggers are text": (
        LOG,
        "        format_other_loggers()\n",
        "        pass\n",
        own("other_loggers_write_json_as_well"),
    ),
    "files get lines of JSON too": (
        LOG,
        'if getattr(handler, "stream", None) in (sys.stdout, sys.stderr):',
        "if True:",
        own("other_loggers_write_json_as_well"),
    ),
    "development logs static files": (
        RESPONSES,
        'static and not self.app.extensions.get("logs_static_files", True)',
        "False",
        own("development_does_not_log_served_static_files"),
    ),
    "development logs no missing static file": (
        RESPONSES,
        "environ.get(request_log.STATIC) and status < 400",
        "environ.get(request_log.STATIC)",
        own("development_does_not_log_served_static_files"),
    ),
    "all lines of the development server go": (
        LOG,
        "return '\"%s\" %s %s' not in str(record.msg)",
        "return False",
        own("only_request_lines_of_the_development_server_are_dropped"),
    ),
}
