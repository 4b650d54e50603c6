"""Faults in the limits on guessing, in hashing, in addresses and passwords."""

from __future__ import annotations

THROTTLING = "app/accounts/throttling.py"
TRIES = "app/accounts/tries.py"
COUNTERS = "app/accounts/counters.py"
REFUSALS = "app/accounts/refusals.py"
HASHING = "app/accounts/hashing.py"
LIMITS = "app/core/limit_settings.py"
ADDRESSES = "app/accounts/addresses.py"
PASSWORDS = "app/accounts/passwords.py"
OF_LIMITS = "tests/maintained/accounts/test_throttling.py"
OF_ACCOUNTS = "tests/maintained/accounts/test_passwords.py"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "the setting of the shortest password is not read": (
        PASSWORDS,
        'current_app.config["PASSWORD_MIN_LENGTH"]',
        "PASSWORD_MIN_LENGTH",
        OF_ACCOUNTS,
    ),
    "passwords may have eleven characters": (
        "app/core/account_settings.py",
        "PASSWORD_MIN_LENGTH, low=12",
        "PASSWORD_MIN_LENGTH, low=11",
        OF_ACCOUNTS,
    ),
    "a hash that the system lacks is taken": (
        "app/core/account_settings.py",
        'hasattr(hashlib, "scrypt")',
        "True",
        OF_ACCOUNTS,
    ),
    "common passwords are accepted": (
        PASSWORDS,
        "if spelled.casefold() in common():",
        "if False:",
        OF_ACCOUNTS,
    ),
    "no count of the network": (
        THROTTLING,
        "limited(ACCOUNT, NETWORK,",
        "limited(ACCOUNT,",
        OF_LIMITS,
    ),
    "the password form is not counted": (
        THROTTLING,
        "limited(SESSION, NETWORK,",
        "limited(SESSION,",
        OF_LIMITS,
    ),
    "an attempt that is no guess counts": (
        THROTTLING,
        "if failures and not (g.guess_failed or g.token_failed):",
        "if False:",
        OF_LIMITS,
    ),
    "a refused attempt counts": (
        TRIES,
        "                self.take_back(tries[:number])\n",
        "",
        OF_LIMITS,
    ),
    "typing errors add up": (
        THROTTLING,
        "    if errors:\n",
        "    if False:\n",
        OF_LIMITS,
    ),
    "errors of others are taken back": (
        THROTTLING,
        '"typing errors", email, network)',
        '"typing errors", network)',
        OF_LIMITS,
    ),
    "each process allows all": (
        TRIES,
        "limit.item.amount // shares",
        "limit.item.amount",
        OF_LIMITS,
    ),
    "open tries are failures": (
        TRIES,
        "HashingBusyError if failed < allowed else self.refusal(one)",
        "self.refusal(one)",
        OF_LIMITS,
    ),
    "keys of no tries are kept": (
        COUNTERS,
        "if count == 0 and storage is self.memory:",
        "if False:",
        OF_LIMITS,
    ),
    "each refusal is logged": (
        TRIES,
        "if self.refusals.remember((one.limit.name, one.key), left):",
        "if self.refusals.remember((one.limit.name, one.key), left) or True:",
        OF_LIMITS,
    ),
    "the token is in the key": (
        THROTTLING,
        "hashlib.sha256(str(current_user.get_id()).encode()).hexdigest()",
        "str(current_user.get_id())",
        OF_LIMITS,
    ),
    "limits cannot be switched off": (
        THROTTLING,
        'if app.config["RATELIMIT_ENABLED"]:',
        "if True:",
        OF_LIMITS,
    ),
    "counts are not atomic": (
        COUNTERS,
        "        with self.lock:\n            return question(self.memory)",
        "        return question(self.memory)",
        OF_LIMITS,
    ),
    "waiting is refused": (HASHING, "MAX_WAIT = 5", "MAX_WAIT = 0", OF_LIMITS),
    "what is taken twice": (
        COUNTERS,
        "            if missing:\n",
        "            if False:\n",
        OF_LIMITS,
    ),
    "a storage that is down is asked": (
        COUNTERS,
        "self.down_until = time.monotonic() + RETRY_AFTER",
        "self.down_until = 0.0",
        OF_LIMITS,
    ),
    "refusals cost work": (
        REFUSALS,
        "if self.has_page_left() if error",
        "if True if error",
        OF_LIMITS,
    ),
    "refusals are kept": (
        REFUSALS,
        "if len(self.kept) > MAX_KEPT:",
        "if False:",
        OF_LIMITS,
    ),
    "more threads than allowed wait for a hash": (
        HASHING,
        "if not self.lock.wait_for(lambda: self.taken < most and also(), wait):",
        "if False:",
        OF_LIMITS,
    ),
    "every thread may wait": (
        HASHING,
        'int(config["WEB_THREADS"]) - 1',
        'int(config["WEB_THREADS"])',
        OF_LIMITS,
    ),
    "limits of blueprints are skipped": (
        THROTTLING,
        "        or manager._blueprint_limits\n",
        "",
        OF_LIMITS,
    ),
    "limits of all views are skipped": (
        THROTTLING,
        "        or manager._default_limits\n",
        "",
        OF_LIMITS,
    ),
    "the headers of a limit are skipped": (
        THROTTLING,
        ' or hasattr(current, "_limiter_request_context")',
        "",
        OF_LIMITS,
    ),
    "hashes come first": (HASHING, "NICENESS = 19", "NICENESS = 0", OF_LIMITS),
    "what is hashed waits for itself": (
        HASHING,
        "    if current.hashes:",
        "    if False:",
        OF_ACCOUNTS,
    ),
    "more hashes at once": (HASHING, "HASH_SLOTS = 1", "HASH_SLOTS = 8", OF_ACCOUNTS),
    "a key without a rule": (
        LIMITS,
        '    boolean("RATELIMIT_ENABLED", True),\n',
        '    Setting(name="RATELIMIT_ENABLED", default=True),\n',
        OF_LIMITS,
    ),
    "normalised once": (
        ADDRESSES,
        "        if email == before:\n            return email\n",
        "        return email\n",
        OF_ACCOUNTS,
    ),
    "special domains": (
        ADDRESSES,
        "if special and special not in allowed_domains():",
        "if False:",
        OF_ACCOUNTS,
    ),
    "one character": (PASSWORDS, "if is_repeated(", "if False and (", OF_ACCOUNTS),
    "blanks": (
        PASSWORDS,
        "MAX_PATTERN_LENGTH = 3",
        "MAX_PATTERN_LENGTH = 1",
        OF_ACCOUNTS,
    ),
}
