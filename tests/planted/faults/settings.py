"""Faults in the settings: their table, the environment, hosts, addresses, workers."""

from __future__ import annotations

COOKIES = "app/core/cookies.py"
ENVIRONMENT = "app/core/environment.py"
HOSTS = "app/core/proxy.py"
KEYS = "app/core/secret_keys.py"
KNOWN = "app/core/known_settings.py"
LOADED = "app/core/settings.py"
PARAMETERS = "app/core/database_url.py"
RULES = "app/core/rules.py"
URL = "app/core/database_url.py"
WORKERS = "app/core/worker_databases.py"

OF_COOKIES = "tests/maintained/core/test_cookies.py"
OF_HOSTS = "tests/maintained/core/test_hosts.py"
OF_RULES = "tests/maintained/core/test_setting_rules.py"
OF_SETTINGS = "tests/maintained/core/test_settings.py"
OF_SWITCHES = "tests/maintained/core/test_switches.py"
OF_URL = "tests/maintained/core/test_database_url.py"

FAULTS = {
    # id: file, what is there, what takes its place, the tests that must fail
    "no strip": (ENVIRONMENT, "text = text.strip()", "pass", OF_RULES),
    "no quotes": (ENVIRONMENT, "text[1:-1].strip()", "text", OF_RULES),
    "text as JSON": (ENVIRONMENT, "isinstance(default, str)", "False", OF_RULES),
    "parts of a default": (ENVIRONMENT, "dict(value or {})", "value", OF_RULES),
    "origin": (ENVIRONMENT, '(".env", ".flaskenv")', '(".flaskenv",)', OF_RULES),
    "empty text": (RULES, 'if value == "":', "if False:", OF_SETTINGS),
    "debug": (LOADED, 'app.config["DEBUG"] = False', "pass", OF_SETTINGS),
    "no comma": (LOADED, "not isinstance(own, list | tuple)", "False", OF_SETTINGS),
    "own list": (ENVIRONMENT, "return comma_separated(text)", "pass", OF_SETTINGS),
    "dropped cookie": (COOKIES, "if name.startswith(", "if None and (", OF_COOKIES),
    "one name": (COOKIES, "if names[0] == names[1]:", "if False:", OF_COOKIES),
    "secret shown": (RULES, '"" if setting.secret else ', "", OF_RULES),
    "no lower bound": (RULES, "value < low or ", "", OF_RULES),
    "true is a number": (RULES, "type(value) is not int", "False", OF_RULES),
    "own settings": (LOADED, "(*TABLES, own)", "TABLES", OF_RULES),
    "no check": (LOADED, "problems += check(app, table)", "pass", OF_SWITCHES),
    "first problem alone": (LOADED, '"\\n".join(problems)', "problems[0]", OF_SETTINGS),
    "case of a level": (KNOWN, "return value.upper()", "return value", OF_SETTINGS),
    "blanks of a key": (KEYS, "value.strip() or None", "value", OF_SETTINGS),
    "case of a host": (HOSTS, "str(host).lower()", "str(host)", OF_HOSTS),
    "case of an entry": (HOSTS, "host = entry.lower()", "host = entry", OF_HOSTS),
    "IPv6": (HOSTS, "self.host_address() in hosts", "False", OF_HOSTS),
    "no host": (HOSTS, ' or [""]', "", OF_HOSTS),
    "any IPv6": (HOSTS, "self.host_address() in hosts", "True", OF_HOSTS),
    "parameters": (PARAMETERS, "check_parameter_names(name, url)", "pass", OF_URL),
    "values": (PARAMETERS, "        try_parameters(url)", "        pass", OF_URL),
    "pooler": (PARAMETERS, 'difference_update_query(["pgbouncer"])', "set()", OF_URL),
    "options": (URL, "except NOT_AN_OPTION", "except OSError", OF_URL),
    "port": (URL, " or not 0 < port < 65_536", "", OF_URL),
    "worker": (WORKERS, "url.set(database=stem + own)", "url", OF_URL),
    "worker, again": (WORKERS, " or database.endswith(own)", "", OF_URL),
    "worker, once": (WORKERS, "os.environ[MADE] = name", "pass", OF_URL),
    "worker, dropped": (WORKERS, "atexit.register(drop, url, name)", "pass", OF_URL),
}  # fmt: skip
