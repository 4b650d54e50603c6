"""Faults in which proxy headers a site trusts."""

from __future__ import annotations

FILE = "app/core/proxy.py"


def own(name: str) -> str:
    return f"tests/maintained/core/test_requests.py::test_{name}"


FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "a prefix counts without its setting": (
        FILE,
        'app.config["PROXY_PREFIX"]',
        "True",
        own("a_prefix_is_used_only_if_the_settings_allow_it"),
    ),
    "a prefix counts without a proxy": (
        FILE,
        "if hops and app.config",
        "if app.config",
        own("a_prefix_is_used_only_if_the_settings_allow_it"),
    ),
    "a prefix is any text": (
        FILE,
        "not PLAIN_PATH.fullmatch(prefix)",
        "not prefix",
        own("an_invalid_prefix_is_ignored"),
    ),
    "a prefix may be long": (
        FILE,
        "len(prefix) > MAX_PREFIX_LENGTH or ",
        "",
        own("an_invalid_prefix_is_ignored"),
    ),
    "a prefix may begin with a plain path": (
        FILE,
        "PLAIN_PATH.fullmatch",
        "PLAIN_PATH.match",
        own("an_invalid_prefix_is_ignored"),
    ),
    "a prefix may name the folder above": (
        FILE,
        r"(?!\.{1,2}(?:/|\Z))",
        "",
        own("an_invalid_prefix_is_ignored"),
    ),
    "the prefix of a client counts": (
        FILE,
        "values[-hops]",
        "values[0]",
        own("each_link_starts_with_the_prefix_of_the_proxy"),
    ),
    "the public address is decoded": (
        FILE,
        "quote(request.path, safe=PATH_CHARACTERS)",
        "request.path",
        own("the_public_address_of_a_page_is_below_that_of_the_site"),
    ),
    "the public address has the prefix twice": (
        FILE,
        "{site}{quote(request.path",
        "{site}{quote(request.script_root + request.path",
        own("the_public_address_of_a_page_is_below_that_of_the_site"),
    ),
    "every page of a list has the address of the first": (
        FILE,
        'f"?page={number}"',
        '""',
        own("the_public_address_of_a_page_is_below_that_of_the_site"),
    ),
    "a search has the address of the list": (
        FILE,
        'request.args.keys() - {"page"}',
        "False",
        own("the_public_address_of_a_page_is_below_that_of_the_site"),
    ),
    "a page number of the public address is any text": (
        FILE,
        "not PAGE_NUMBER.fullmatch(number)",
        "False",
        own("the_public_address_of_a_page_is_below_that_of_the_site"),
    ),
    "a public address without that of the site": (
        FILE,
        "if not site or request.args",
        "if request.args",
        own("without_an_address_of_the_site_pages_have_no_public_address"),
    ),
}
