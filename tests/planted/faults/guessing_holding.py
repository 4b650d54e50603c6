"""Faults in the holding of refused clients."""

from __future__ import annotations

HASHING = "app/accounts/hashing.py"
HOLDING = "app/accounts/holding.py"
REFUSALS = "app/accounts/refusals.py"
THROTTLING = "app/accounts/throttling.py"
TESTS = "tests/maintained/accounts/test_holding.py"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "refused clients come back at once": (
        REFUSALS,
        "        self.threads.hold()\n",
        "",
        TESTS,
    ),
    "clients are held in every thread": (
        HOLDING,
        "is_spare = self.held < self.spare()",
        "is_spare = True",
        TESTS,
    ),
    "clients are held on any server": (
        HOLDING,
        "if is_spare or hashing.is_gevent():",
        "if True:",
        TESTS,
    ),
    "gevent has spare threads": (
        HOLDING,
        "if not text.isdecimal() or hashing.is_gevent():",
        "if not text.isdecimal():",
        TESTS,
    ),
    "a wrong number of threads is an error": (
        HOLDING,
        "if not text.isdecimal() or hashing.is_gevent():",
        "if hashing.is_gevent():",
        TESTS,
    ),
    "spare threads stay counted": (
        HOLDING,
        "                self.held -= is_spare\n",
        "                pass\n",
        TESTS,
    ),
    "Flask has every thread": (
        HOLDING,
        "            self.lock.wait_for(self.has_room)\n",
        "",
        TESTS,
    ),
    "a stream keeps no place": (
        HOLDING,
        "if not is_file(body, environ):",
        "if False:",
        TESTS,
    ),
    "a file is hidden from the server": (
        HOLDING,
        "if not is_file(body, environ):",
        "if True:",
        TESTS,
    ),
    "an exception keeps its place": (
        HOLDING,
        "        except BaseException:\n            self.release()\n",
        "        except BaseException:\n",
        TESTS,
    ),
    "a close that fails keeps its place": (
        HOLDING,
        "        finally:\n            self.release()\n",
        "        except ConnectionError:\n            raise\n        self.release()\n",
        TESTS,
    ),
    "a missing close keeps its place": (
        HOLDING,
        "self.release = finalize(self, release)",
        "self.release = release",
        TESTS,
    ),
    "the probe waits for a place": (
        HOLDING,
        'if not self.spare() or environ.get("PATH_INFO") == PROBE:',
        "if not self.spare():",
        TESTS,
    ),
    "a hash is waited for in Flask": (
        REFUSALS,
        "return self.threads.run_hashing(*request, most)",
        "return self.threads.run(*request)",
        TESTS,
    ),
    "a log-in keeps a place to hash while it waits for Flask": (
        HOLDING,
        "acquire(most, also=self.has_room)\n",
        "acquire(most)\n            self.lock.wait_for(self.has_room)\n",
        TESTS,
    ),
    "a log-in that waits for Flask is refused": (
        HASHING,
        "                if self.taken < most:\n                    return False\n",
        "",
        TESTS,
    ),
    "a free place in Flask wakes no log-in": (
        HOLDING,
        "            self.running -= 1\n            self.lock.notify_all()\n",
        "            self.running -= 1\n",
        TESTS,
    ),
    "a place to hash is kept after the log-in": (
        HOLDING,
        "        finally:\n            hashing.places.release()\n",
        "        finally:\n            pass\n",
        TESTS,
    ),
    "a request takes two places to hash": (
        HASHING,
        "if not has_request_context() or HAS_PLACE in request.environ:",
        "if not has_request_context():",
        TESTS,
    ),
    "every request waits for a hash": (
        THROTTLING,
        'return environ["REQUEST_METHOD"] == "POST" and bool(limits_of(app, environ))',
        'return environ["REQUEST_METHOD"] == "POST"',
        TESTS,
    ),
}
