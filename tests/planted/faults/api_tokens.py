"""Faults in tokens for programs, and in the requests that send one."""

from __future__ import annotations

TOKENS = "app/accounts/api_tokens.py"
BEARER = "app/accounts/bearer.py"
OF_TOKENS = "tests/maintained/accounts/test_api_tokens.py"
OF_BEARER = "tests/maintained/accounts/test_bearer.py"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "the checksum is not looked at": (
        TOKENS, "return parts is not None and checksum(parts[1]) == parts[2]",
        "return parts is not None", OF_TOKENS,
    ),
    "the token itself is stored": (
        TOKENS, "token_hash=digest(text),\n        hint",
        "token_hash=text[:64],\n        hint", OF_TOKENS,
    ),
    "an expired token works": (
        TOKENS, 'ApiToken.expires_at > sa.bindparam("now")',
        'sa.bindparam("now").is_not(None)', OF_TOKENS,
    ),
    "the token of an inactive account works": (
        TOKENS, 'sa.bindparam("token_hash"), User.is_active)',
        'sa.bindparam("token_hash"))', OF_TOKENS,
    ),
    "strangers revoke tokens": (
        TOKENS, "ApiToken.id == number, ApiToken.user_id == user_id)",
        "ApiToken.id == number)", OF_TOKENS,
    ),
    "two at once make a token too many": (
        TOKENS, "account.with_for_update(key_share=True)", "account", OF_TOKENS,
    ),
    "the use of a token waits for a lock": (
        TOKENS, '{"lock_timeout": 0}', "{}", OF_TOKENS,
    ),
    "the use of a token is written each time": (
        TOKENS, "return last is None or datetime.now(UTC) - last >= USED_EVERY",
        "return True", OF_TOKENS,
    ),
    "a token that may read changes rows": (
        BEARER, "if request.method not in SAFE_METHODS and not found.may_write:",
        "if False:", OF_BEARER,
    ),
    "cookies are read beside a token": (
        BEARER, 'environ.pop("HTTP_COOKIE", None)', "pass", OF_BEARER,
    ),
    "an answer to a token sets a cookie": (
        BEARER, 'response.headers.pop("Set-Cookie", None)', "pass", OF_BEARER,
    ),
    "a token opens pages": (
        BEARER, '"bearer" and path.startswith(API_PREFIX)', '"bearer" and path',
        OF_BEARER,
    ),
    "wrong tokens are not limited": (
        BEARER, "        count(known, WRONG)\n", "        pass\n", OF_BEARER,
    ),
    "a token made with a token outlives it": (
        BEARER, "return left if lifetime is None else min(lifetime, left)",
        "return lifetime", OF_BEARER,
    ),
}  # fmt: skip
