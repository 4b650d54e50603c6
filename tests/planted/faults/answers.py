"""Faults in what every response has: headers, an id, a line in the log."""

from __future__ import annotations

HEADERS = "app/core/headers.py"
HOOKS = "app/core/hooks.py"
LOG = "app/core/request_log.py"
RESPONSES = "app/core/responses.py"
STATIC = "app/core/static_files.py"
OWN = "tests/maintained/core/test_answers.py"


def own(name: str) -> str:
    return f"{OWN}::test_{name}"


FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "an escaped exception reaches the server": (
        RESPONSES,
        "if propagates(self.app):",
        "if True:",
        own("an_error_is_answered_and_logged_once"),
    ),
    "an escaped exception leaves no traceback": (
        RESPONSES,
        "            log_escaped(environ, error)\n            environ.setdefault",
        "            environ.setdefault",
        own("an_error_is_answered_and_logged_once"),
    ),
    "a header that cannot be sent is sent": (
        RESPONSES,
        "        response.check()\n",
        "        pass\n",
        own("an_error_is_answered_and_logged_once"),
    ),
    "the bare answer is a page for programs too": (
        RESPONSES,
        "if request_log.path_of(environ).startswith(API_PREFIX):",
        "if not environ:",
        own("an_error_is_answered_and_logged_once"),
    ),
    "the bare answer to HEAD has a body": (
        RESPONSES,
        "body = answer(environ, response)",
        'body = answer({"REQUEST_METHOD": "GET"}, response)',
        own("an_error_is_answered_for_every_method"),
    ),
    "an outage in a teardown is a defect": (
        RESPONSES,
        "is_temporary = unavailable.cause(error) is not None",
        "is_temporary = False",
        own("a_database_that_goes_away_in_a_teardown_is_a_503"),
    ),
    "a defect beside an outage is an outage": (
        "app/core/unavailable.py",
        "return causes[0] if all(causes) else None",
        "return causes[0]",
        own("a_defect_beside_an_outage_is_a_500"),
    ),
    "an exception never reaches the test": (
        RESPONSES,
        "return app.testing or app.debug if propagate is None else propagate",
        "return False",
        own("a_test_or_the_debugger_gets_the_exception"),
    ),
    "a failed log keeps back the answer": (
        RESPONSES,
        "except Exception as error:  # noqa: BLE001  # the response goes out all the",
        "except KeyError as error:  # noqa: BLE001  # the response goes out all the",
        own("a_failing_log_handler_does_not_stop_the_response"),
    ),
    "a failed layer keeps back the answer": (
        RESPONSES,
        "except Exception as error:  # noqa: BLE001  # the response goes out without",
        "except KeyError as error:  # noqa: BLE001  # the response goes out without",
        own("a_failing_middleware_does_not_stop_the_response"),
    ),
    "a body that is not sent stays open": (
        RESPONSES,
        "            close()\n",
        "            pass\n",
        own("a_response_body_that_is_not_sent_is_closed"),
    ),
    "a raw query reaches Werkzeug": (
        RESPONSES,
        "        quote_query(environ)\n",
        "",
        own("a_malformed_request_is_no_server_error"),
    ),
    "a failure may be kept": (
        RESPONSES,
        "if response.code == 500 or FAILED in environ:",
        "if False:",
        own("an_error_is_answered_and_logged_once"),
    ),
    "what a view says about caches is replaced": (
        RESPONSES,
        "if response.code == 500 or FAILED in environ:",
        "if response.code >= 500:",
        own("a_view_may_set_the_cache_lifetime"),
    ),
    "a hook's expected failure leaves a traceback": (
        HOOKS,
        "if failure := unavailable.cause(error):",
        "if failure := None:",
        own("a_temporary_failure_of_a_hook_is_a_503"),
    ),
    "a 503 because of a hook may be kept": (
        RESPONSES,
        " or FAILED in environ:",
        ":",
        own("a_temporary_failure_of_a_hook_is_a_503"),
    ),
    "a probe by a host that is none is refused": (
        "app/core/health.py",
        "isinstance(request.routing_exception, BadRequest)",
        'type(request.routing_exception).__name__ == "SecurityError"',
        own("a_malformed_request_is_no_server_error"),
    ),
    "a host that is none breaks the error page": (
        "app/core/errors.py",
        "isinstance(request.routing_exception, BadRequest)",
        'type(request.routing_exception).__name__ == "SecurityError"',
        own("a_malformed_request_is_no_server_error"),
    ),
    "hooks stop at the first that raises": (
        HOOKS,
        '        "process_response": partial(process_response, app),\n',
        "",
        own("a_failing_hook_does_not_stop_other_hooks"),
    ),
    "a hook that has failed is called again": (
        HOOKS,
        "if failed and function in failed:",
        "if False:",
        own("an_error_is_answered_and_logged_once"),
    ),
    "a hook returns nothing and another is blamed": (
        HOOKS,
        "    if returned is None:\n",
        "    if False:\n",
        own("a_hook_that_returns_nothing_is_named"),
    ),
    "the hooks of a blueprint are those of all": (
        HOOKS,
        "for name in chain(current.request.blueprints, (None,)):\n        yield",
        "for name in app.after_request_funcs:\n        yield",
        own("blueprint_hooks_run_only_for_their_blueprint"),
    ),
    "the session is lost with the error page": (
        HOOKS,
        "response = process_response(app, bare_response(app, request.environ))",
        "response = bare_response(app, request.environ)",
        own("the_session_is_saved_if_the_error_page_fails"),
    ),
    "teardown functions of a request skip others": (
        HOOKS,
        '        "do_teardown_request": partial(do_teardown_request, app),\n',
        "",
        own("a_failing_teardown_does_not_stop_other_teardowns"),
    ),
    "teardown functions of a context skip others": (
        HOOKS,
        '        "do_teardown_appcontext": partial(do_teardown_appcontext, app),\n',
        "",
        own("a_failing_teardown_does_not_stop_other_teardowns"),
    ),
    "what a teardown function raises is lost": (
        HOOKS,
        "        raise errors[0]\n",
        "        return\n",
        own("a_teardown_error_reaches_the_code_that_opened_the_context"),
    ),
    "a NUL byte in a static address is a failure": (
        STATIC,
        "NO_FILE = (OSError, ValueError)",
        "NO_FILE = OSError",
        own("the_url_of_a_missing_file_has_no_version"),
    ),
    "an error at the address of a file is kept": (
        STATIC,
        " and is_found(response):",
        ":",
        own("an_error_at_the_url_of_a_file_is_not_cached"),
    ),
    "the shape of the policy decides about all headers": (
        HEADERS,
        "    if isinstance(policy, Mapping):\n",
        "    if True:\n",
        own("a_policy_of_any_type_removes_no_other_header"),
    ),
    "a policy of any kind is taken": (
        "app/core/known_settings.py",
        "if not isinstance(sources, str) or not PRINTABLE",
        "if False and PRINTABLE",
        own("an_invalid_policy_stops_the_start"),
    ),
    "a long path is logged in full": (
        LOG,
        "path_of(environ))[:MAX_PATH_LENGTH]",
        "path_of(environ))",
        own("a_malformed_request_is_no_server_error"),
    ),
    "a long method is logged in full": (
        LOG,
        '"")[:MAX_METHOD_LENGTH]',
        '"")',
        own("a_malformed_request_is_no_server_error"),
    ),
    "what a proxy says of the scheme is not known": (
        RESPONSES,
        'environ.get("wsgi.url_scheme") == "https"',
        'environ.get("HTTP_X_FORWARDED_SCHEME") == "https"',
        own("the_log_line_and_the_headers_use_the_proxy_headers"),
    ),
    "notes are not in the line": (
        LOG,
        "        **environ.get(NOTES, {}),\n",
        "",
        own("a_view_may_add_fields_to_its_log_line"),
    ),
    "the line of a request is long": (
        LOG,
        ', separators=(",", ":"))',
        ")",
        own("request_log_lines_are_short"),
    ),
    "an id needs a server": (
        LOG,
        "    if ID not in request.environ:",
        "    if False:",
        own("a_request_id_exists_without_a_server"),
    ),
    "a failure of the project's own hooks may be kept": (
        RESPONSES,
        "if response.code == 500 or FAILED in environ:",
        "if False:",
        own("each_hook_of_the_project_may_fail"),
    ),
}
