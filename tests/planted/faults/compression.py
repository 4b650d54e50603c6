"""Faults in what is compressed, and how caches and clients learn of it."""

from __future__ import annotations

CODE = "app/core/compression.py"
TESTS = "tests/maintained/core/test_compression.py"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "an answer with a cookie is compressed": (
        CODE,
        '"Set-Cookie" in response.headers',
        "False",
        TESTS,
    ),
    "an answer to credentials is compressed": (
        CODE,
        '"Authorization" in request.headers',
        "False",
        TESTS,
    ),
    "a page that differs by cookie is compressed": (CODE, '{"cookie", ', "{", TESTS),
    "a private page is compressed": (
        CODE,
        "PRIVATE & response.cache_control.keys()",
        "False",
        TESTS,
    ),
    "the cookie of the session is not seen": (
        CODE,
        "app.extensions[hooks.AFTER_SESSION].append(compress)",
        "app.after_request(compress)",
        TESTS,
    ),
    "what is compressed is compressed again": (
        CODE,
        '"Content-Encoding" not in response.headers',
        "True",
        TESTS,
    ),
    "pictures are compressed": (CODE, 'kind.startswith("text/")', "kind", TESTS),
    "the answer to a post is compressed": (
        CODE,
        'request.method in {"GET", "HEAD"}',
        "True",
        TESTS,
    ),
    "errors and parts are compressed": (
        CODE,
        "response.status_code in {200, 304}",
        "response.status_code",
        TESTS,
    ),
    "streams are read": (CODE, "elif not response.is_streamed:", "else:", TESTS),
    "long texts are compressed": (CODE, " <= MAX_BYTES", "", TESTS),
    "short texts are compressed": (CODE, "MIN_BYTES <= ", "0 <= ", TESTS),
    "caches do not know that it differs": (
        CODE,
        '    response.vary.add("Accept-Encoding")\n',
        "",
        TESTS,
    ),
    "a client that refuses gzip gets it": (
        CODE,
        '.best_match(["gzip", "identity"]) != "gzip"',
        " is None",
        TESTS,
    ),
    "the tag says that the bytes are the same": (
        CODE,
        "response.set_etag(tag, weak=True)",
        "pass",
        TESTS,
    ),
    "a part of compressed bytes is offered": (
        CODE,
        '    response.headers.pop("Accept-Ranges", None)\n',
        "",
        TESTS,
    ),
    "a file is compressed for each request": (
        CODE,
        "lru_cache(maxsize=256)(compressed)",
        "lru_cache(maxsize=0)(compressed)",
        TESTS,
    ),
    "a file that the proxy sends is compressed": (
        CODE,
        ' and "X-Sendfile" not in response.headers',
        "",
        TESTS,
    ),
    "the setting does nothing": (
        CODE,
        'if app.config["COMPRESSION"]:',
        "if True:",
        TESTS,
    ),
}
