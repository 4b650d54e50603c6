"""Faults in the pattern of the API: lists, versions, repetitions, patches, CORS."""

from __future__ import annotations

LISTS, LIST_TESTS = (
    "app/core/api_lists.py",
    "tests/maintained/api/test_api_lists.py",
)
TAGS, TAG_TESTS = "app/core/etags.py", "tests/maintained/api/test_etags.py"
KEYS, KEY_TESTS = (
    "app/core/idempotency.py",
    "tests/maintained/api/test_idempotency.py",
)
PATCH, PATCH_TESTS = (
    "app/core/merge_patch.py",
    "tests/maintained/api/test_merge_patch.py",
)
CORS, CORS_TESTS = "app/core/cors.py", "tests/maintained/api/test_cors.py"
RESOURCES, RESOURCE_TESTS = (
    "app/core/api_resources.py",
    "tests/maintained/api/test_api_resources.py",
)
REQUESTS = "app/api/requests.py"
CHANGES, CHANGE_TESTS = (
    "app/accounts/account_changes.py",
    "tests/maintained/accounts/test_account_changes.py",
)

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "rows of equal value are lost between pages": (
        LISTS,
        "return self.follows(sa.tuple_(first, last), sa.tuple_(*places))",
        "return self.follows(first, places[0])",
        LIST_TESTS,
    ),
    "a link to a page forgets the filters": (
        LISTS,
        "if name not in changed",
        "if name in changed",
        LIST_TESTS,
    ),
    "a place in a list holds a number of any size": (
        LISTS,
        "Field(ge=-BIGGEST - 1, le=BIGGEST)",
        "Field()",
        LIST_TESTS,
    ),
    "a list ignores its filters": (
        LISTS,
        ") is not None:\n                fits",
        ") is None:\n                fits",
        LIST_TESTS,
    ),
    "a change compares no version": (
        TAGS,
        'if "If-Match" in request.headers and',
        "if False and",
        TAG_TESTS,
    ),
    "a header without a tag fits all": (
        TAGS,
        'if "If-Match" in request.headers and',
        "if request.if_match and",
        TAG_TESTS,
    ),
    "caches store answers of the API": (
        TAGS,
        "    app.after_request(keep_out_of_caches)",
        "    pass",
        TAG_TESTS,
    ),
    "a repetition is done again": (
        KEYS,
        "            return replay(earlier.answer)",
        "            break",
        KEY_TESTS,
    ),
    "whoever reads the table can guess at a body": (
        KEYS,
        'hmac.digest(key, content, "sha256")',
        "hashlib.sha256(content or key).digest()",
        KEY_TESTS,
    ),
    "a new secret key makes another body": (
        KEYS,
        '*(config["SECRET_KEY_FALLBACKS"] or ())',
        "",
        KEY_TESTS,
    ),
    "another body gets the answer of the first": (
        KEYS,
        "if earlier.body_hash not in bodies:",
        "if False:",
        KEY_TESTS,
    ),
    "a refused request keeps its key": (
        KEYS,
        "        free(slot)\n        raise",
        "        raise",
        KEY_TESTS,
    ),
    "one who waits holds a connection": (
        KEYS,
        "    transactions.release_connection(session)\n    return found",
        "    return found",
        KEY_TESTS,
    ),
    "an answer is kept for ever": (
        KEYS,
        "earlier.created_at > now - KEPT",
        "earlier.created_at > now - 9 * KEPT",
        KEY_TESTS,
    ),
    "accounts share their keys": (
        KEYS,
        'return str(state.identity) if state else ""',
        'return ""',
        CHANGE_TESTS,
    ),
    "null in a patch is a value": (
        PATCH,
        "        if value is None:",
        "        if False:",
        PATCH_TESTS,
    ),
    "a typing error in a patch is not noticed": (
        REQUESTS,
        "if name not in cls.model_fields}",
        "if False}",
        PATCH_TESTS,
    ),
    "every site may call the API": (
        CORS,
        'origin in current_app.config["CORS_ORIGINS"]',
        "bool(origin)",
        CORS_TESTS,
    ),
    "a cache gives the answer of one site to another": (
        CORS,
        '    response.vary.add("Origin")\n',
        "",
        CORS_TESTS,
    ),
    "a preflight needs credentials": (
        CORS,
        "        app.before_request(answer_preflight)\n",
        "",
        CORS_TESTS,
    ),
    "cookies are allowed to every listed site": (
        CORS,
        'if current_app.config["CORS_CREDENTIALS"]:',
        "if True:",
        CORS_TESTS,
    ),
    "an account is changed without a lock": (
        CHANGES,
        "this.with_for_update()",
        "this",
        CHANGE_TESTS,
    ),
    "a resource compares no version": (
        RESOURCES,
        "        etags.check(self.shape(row))\n",
        "",
        RESOURCE_TESTS,
    ),
    "a resource shows one row of somebody else": (
        RESOURCES,
        "chosen = self.rows().where(",
        "chosen = sa.select(self.model).where(",
        RESOURCE_TESTS,
    ),
    "anybody changes a resource": (
        RESOURCES,
        "for decorator in reversed(self.changes):",
        "for decorator in ():",
        RESOURCE_TESTS,
    ),
}
