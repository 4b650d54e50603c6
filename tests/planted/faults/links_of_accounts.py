"""Faults in links with tokens, in resets of the password, in the limits of mail."""

from __future__ import annotations

TOKENS = "app/accounts/tokens.py"
PAGES = "app/accounts/token_pages.py"
RESETS = "app/accounts/resets.py"
USERS = "app/accounts/users.py"
THROTTLING = "app/accounts/throttling.py"
MAIL_LIMITS = "app/accounts/mail_limits.py"
MAILS = "app/accounts/mails.py"
MAIL = "app/core/mail.py"
OF_TOKENS = "tests/maintained/accounts/test_tokens.py"
OF_PAGES = "tests/maintained/accounts/test_token_pages.py"
OF_RESETS = "tests/maintained/accounts/test_resets.py"
OF_LIMITS = "tests/maintained/accounts/test_mail_limits.py"
OF_MAILS = "tests/maintained/accounts/test_mails.py"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "the table has the tokens themselves": (
        TOKENS,
        "token_hash=digest(purpose, token)",
        "token_hash=token",
        OF_TOKENS,
    ),
    "a token may be used for another purpose": (
        TOKENS,
        'f"{purpose} {token}"',
        "token",
        OF_TOKENS,
    ),
    "a token has no end": (
        TOKENS,
        "        AccountToken.expires_at > datetime.now(UTC),\n",
        "",
        OF_TOKENS,
    ),
    "a token survives a change of its account": (
        TOKENS,
        "token.user_id is None or secrets.compare_digest(token.state, state)",
        "True",
        OF_TOKENS,
    ),
    "a token survives a change of the password": (
        TOKENS,
        "STATE = (User.email, User.password_hash, User.is_active)",
        "STATE = (User.email, User.is_active)",
        OF_TOKENS,
    ),
    "a token is used twice": (
        TOKENS,
        'if not cast("sa.CursorResult[Any]", gone).rowcount:',
        "if False:",
        OF_TOKENS,
    ),
    "an account has any number of tokens": (
        TOKENS,
        "        delete_replaced(purpose, email, account)\n",
        "",
        OF_TOKENS,
    ),
    "a newer link ends the one before": (
        TOKENS,
        "newest.limit(MAX_VALID - 1)",
        "newest.limit(0)",
        OF_TOKENS,
    ),
    "a link that was used leaves the others": (
        TOKENS,
        "revoke(found.user_id, purpose)",
        "pass",
        OF_TOKENS,
    ),
    "expired tokens stay": (
        TOKENS,
        "        AccountToken.expires_at <= datetime.now(UTC),\n",
        "",
        OF_TOKENS,
    ),
    "looking at a token uses it up": (
        RESETS,
        "return tokens.find(BY_MAIL, token) or",
        "return tokens.use(BY_MAIL, token) or",
        OF_RESETS,
    ),
    "the log has the token": (
        PAGES,
        'environ[request_log.PATH] = f"{found[0]}{TOKEN}"',
        "pass",
        OF_PAGES,
    ),
    "the log of an error has the token": (
        "app/core/hooks.py",
        "path = request_log.logged_path(request.environ)",
        "path = request.path",
        OF_PAGES,
    ),
    "other sites get the address with the token": (
        PAGES,
        '    "Referrer-Policy": "strict-origin",\n',
        "",
        OF_PAGES,
    ),
    "a form with a token has no Referer": (
        PAGES,
        '"Referrer-Policy": "strict-origin"',
        '"Referrer-Policy": "no-referrer"',
        OF_PAGES,
    ),
    "sessions outlive a reset of the password": (
        USERS,
        "    ended = sessions.delete_all_of(account)\n",
        "    ended = 0\n",
        OF_RESETS,
    ),
    "a link from the command confirms the address": (
        RESETS,
        "if found.purpose == BY_MAIL else {}",
        "if found.purpose else {}",
        OF_RESETS,
    ),
    "a wrong token costs a hash": (
        RESETS,
        "        return False\n    passwords.check(",
        "        return not passwords.hash_password(password)\n    passwords.check(",
        OF_RESETS,
    ),
    "nobody is told of a new password": (
        USERS,
        "    events.send(events.password_changed, user_id=account, email=email)\n",
        "",
        OF_MAILS,
    ),
    "nobody is told of a deletion that is planned": (
        MAILS,
        "    events.deletion_planned.connect(notify_deletion_planned, app)\n",
        "",
        OF_MAILS,
    ),
    "a mailbox can be flooded": (
        MAIL_LIMITS,
        "if count <= known.allowed(TO_ADDRESS):",
        "if count:",
        f"{OF_LIMITS} {OF_MAILS}",
    ),
    "mails of other kinds shut out the link to a new password": (
        MAIL_LIMITS,
        "TO_ADDRESS.name, kind, email)",
        "TO_ADDRESS.name, email)",
        OF_MAILS,
    ),
    "a mail that is not sent ends the link before it": (
        MAILS,
        '    if not mail_limits.may_mail("reset", email):\n        return\n',
        "",
        OF_MAILS,
    ),
    "a network may ask for any number of mails": (
        MAIL_LIMITS,
        "limit_mails = throttling.limited(NETWORK, failures=False)",
        "limit_mails = throttling.limited(failures=False)",
        OF_LIMITS,
    ),
    "wrong tokens are not limited": (
        PAGES,
        "limited = throttling.limit_links(view)",
        "limited = throttling.limited(failures=False)(view)",
        OF_PAGES,
    ),
    "valid tokens are limited like wrong ones": (
        TOKENS,
        "g.token_failed = not is_valid",
        "g.token_failed = True",
        OF_PAGES,
    ),
    "an old link stops the log-in": (
        THROTTLING,
        'LINKS = Limit(\n    "links",',
        'LINKS = Limit(\n    "network",',
        OF_PAGES,
    ),
    "an address with a variable is refused late": (
        THROTTLING,
        'return "[^/]+".join(map(re.escape, VARIABLE.split(rule)))',
        "return re.escape(rule)",
        "tests/maintained/accounts/test_throttling.py",
    ),
    "a form without a password waits for hashes": (
        THROTTLING,
        "    return any(limit.hashes for limit in limits_of(app, environ))\n",
        "    return bool(limits_of(app, environ))\n",
        OF_LIMITS,
    ),
    "an inactive account gets a link": (
        MAILS,
        "if user and (user.is_active or grace.may_be_kept(user.delete_after)):",
        "if user:",
        OF_MAILS,
    ),
    "a job works while the answer is made": (
        MAIL,
        "    if waiting is None:\n",
        "    if True:\n",
        "tests/maintained/core/test_mail.py",
    ),
    "a job is lost if a server closes nothing": (
        MAIL,
        "response.call_on_close(finalize(response, start_all))",
        "response.call_on_close(start_all)",
        "tests/maintained/core/test_mail.py",
    ),
    "a stranger fills a mailbox with notices": (
        MAILS,
        "if is_confirmed or mail_limits.may_mail(name, email):",
        "if True:",
        OF_MAILS,
    ),
    "a stranger stops the notices to an owner": (
        MAILS,
        "if is_confirmed or mail_limits.may_mail(name, email):",
        "if mail_limits.may_mail(name, email):",
        OF_MAILS,
    ),
    "the log-in page has the token in its address": (
        "app/accounts/redirects.py",
        "    return request_log.PATH in request.environ",
        "    return False",
        "tests/maintained/accounts/test_email_change.py",
    ),
}
