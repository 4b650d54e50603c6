"""Faults in the texts that people read, and in how they are changed and translated."""

from __future__ import annotations

FILE = "app/core/texts.py"
ERRORS = "app/core/errors.py"
FORMS = "app/core/forms.py"
OWN = "tests/maintained/core/test_texts.py"
OF_ACCOUNTS = "tests/maintained/accounts/test_texts.py"

# file, what is there, what takes its place, the tests that must fail
FAULTS = {
    "the settings change no text": (
        FILE,
        '(app.config.get("TEXTS") or {}).get(name, ALL[name])',
        "ALL[name]",
        OWN,
    ),
    "a text is translated once": (
        FILE,
        "def wording(name: str)",
        "@lru_cache\ndef wording(name: str)",
        OWN,
    ),
    "a translation that raises is a 500": (
        FILE,
        "    except Exception as error:  # noqa: BLE001  # the text",
        "    except OSError as error:  # the text",
        OWN,
    ),
    "a translation may name any value": (
        FILE,
        "        check_placeholders(name, translated)\n",
        "",
        OWN,
    ),
    "each wrong translation is logged again": (
        FILE,
        "    if name not in logged and has_app_context():",
        "    if has_app_context():",
        OWN,
    ),
    "an unknown id is accepted": (
        FILE,
        "    if name not in ALL:\n        close",
        "    if name not in ALL:\n        return None\n        close",
        OWN,
    ),
    "a text of the settings may format its values": (
        FILE,
        "if name is not None and (form or conversion or not name.isidentifier()):",
        "if name is not None and conversion:",
        OWN,
    ),
    "a lazy text is chosen when it is made": (
        FILE,
        "        return text(self.name, **self.values)",
        "        return str.__str__(self)",
        OWN,
    ),
    "a lazy text is markup": (
        FILE,
        "        return str(escape(str(self)))",
        "        return str(self)",
        OWN,
    ),
    "a per cent sign breaks a message of a form": (
        FILE,
        'found.replace("%", "%%").format',
        "found.format",
        OWN,
    ),
    "messages of forms are only those of WTForms": (
        FORMS,
        "        return FormTexts(super().get_translations(form))",
        "        return super().get_translations(form)",
        OWN,
    ),
    "the reason of a refused form is English": (
        ERRORS,
        "return title, texts.from_english(detail)",
        "return title, detail",
        OWN,
    ),
    "an own error gets the words of its status": (
        ERRORS,
        "    if default and detail == default.description:",
        "    if default:",
        OWN,
    ),
    "a bare page is said to be English": (
        ERRORS,
        'escape(texts.text("pages.language"))',
        '"en"',
        OWN,
    ),
    "a bare answer has the texts of the table": (
        "app/core/responses.py",
        "    with texts_of(app):",
        "    if True:",
        OF_ACCOUNTS,
    ),
    "a refusal is in the language of its making": (
        "app/accounts/tries.py",
        "TooManyRequests(lazy(one_or_more, minutes=minutes)",
        "TooManyRequests(str(lazy(one_or_more, minutes=minutes))",
        OF_ACCOUNTS,
    ),
    "a message of the library is shown in English": (
        "app/accounts/addresses.py",
        'from_english(str(error), "addresses.wrong")',
        "str(error)",
        OF_ACCOUNTS,
    ),
    "the message of the log-in page is English": (
        "app/accounts/login.py",
        "        self.localize_callback = from_english\n",
        "",
        OF_ACCOUNTS,
    ),
}
