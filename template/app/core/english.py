"""The English texts of app/core that people read, and those of its libraries.

app/core/texts.py chooses what is shown. Maintained by copier-flask.
"""

from __future__ import annotations


def N_(text: str) -> str:
    """Return a text unchanged; `pybabel extract` collects what it is called with."""
    return text


TEXTS: dict[str, str] = {
    "bodies.nul": N_("The address has a NUL character (%00). Remove it."),
    "errors.unavailable": N_(
        "This does not work at the moment. Please try again in a few seconds."
    ),
    "forms.nul": N_("The text has a NUL character, which cannot be saved."),
    "health.not_ready": N_("A part that this service needs is not ready."),
    "links.no_site": N_(
        "A link needs the address of the site: set SITE_URL, such as "
        "https://www.example.com."
    ),
    "pages.language": N_("en"),
    "pagination.position": N_("Page {number} of {total}"),
}

# What Flask-WTF says of a form without its token.
OF_CSRF: dict[str, str] = {
    "csrf.expired": N_("The CSRF token has expired."),
    "csrf.invalid": N_("The CSRF token is invalid."),
    "csrf.missing": N_("The CSRF token is missing."),
    "csrf.mismatch": N_("The CSRF tokens do not match."),
    "csrf.no_referrer": N_("The referrer header is missing."),
    "csrf.other_referrer": N_("The referrer does not match the host."),
    "csrf.session_missing": N_("The CSRF session token is missing."),
}

# The messages of WTForms and of Flask-WTF's fields for files.
OF_FORMS: dict[str, str] = {
    "forms.at_least": N_("Number must be at least {min}."),
    "forms.at_most": N_("Number must be at most {max}."),
    "forms.between": N_("Number must be between {min} and {max}."),
    "forms.choice": N_("Not a valid choice."),
    "forms.choice_type": N_("Invalid Choice: could not coerce."),
    "forms.choices": N_("'{value}' are not valid choices for this field."),
    "forms.choices_one": N_("'{value}' is not a valid choice for this field."),
    "forms.choices_type": N_(
        "Invalid choice(s): one or more data inputs could not be coerced."
    ),
    "forms.date": N_("Not a valid date value."),
    "forms.date_at_least": N_("Date must be at least {min}."),
    "forms.date_at_most": N_("Date must be at most {max}."),
    "forms.date_between": N_("Date must be between {min} and {max}."),
    "forms.datetime": N_("Not a valid datetime value."),
    "forms.decimal": N_("Not a valid decimal value."),
    "forms.disabled": N_("This field is disabled and cannot have a value."),
    "forms.email": N_("Invalid email address."),
    "forms.equal": N_("Field must be equal to {other_name}."),
    "forms.extension": N_("File does not have an approved extension."),
    "forms.extensions": N_("File does not have an approved extension: {extensions}"),
    "forms.float": N_("Not a valid float value."),
    "forms.input": N_("Invalid input."),
    "forms.integer": N_("Not a valid integer value."),
    "forms.ip_address": N_("Invalid IP address."),
    "forms.length": N_("Field must be between {min} and {max} characters long."),
    "forms.length_exact": N_("Field must be exactly {max} characters long."),
    "forms.length_exact_one": N_("Field must be exactly {max} character long."),
    "forms.longer": N_("Field cannot be longer than {max} characters."),
    "forms.longer_one": N_("Field cannot be longer than {max} character."),
    "forms.mac_address": N_("Invalid Mac address."),
    "forms.none_of": N_("Invalid value, can't be any of: {values}."),
    "forms.one_of": N_("Invalid value, must be one of: {values}."),
    "forms.read_only": N_("This field cannot be edited."),
    "forms.required": N_("This field is required."),
    "forms.shorter": N_("Field must be at least {min} characters long."),
    "forms.shorter_one": N_("Field must be at least {min} character long."),
    "forms.time": N_("Not a valid time value."),
    "forms.url": N_("Invalid URL."),
    "forms.uuid": N_("Invalid UUID."),
    "forms.week": N_("Not a valid week value."),
}

# Werkzeug's words for the statuses; app/templates/error.html has others for some.
OF_STATUSES: dict[str, str] = {
    "http.400.title": N_("Bad Request"),
    "http.400.detail": N_(
        "The browser (or proxy) sent a request that this server could not understand."
    ),
    "http.401.title": N_("Unauthorized"),
    "http.401.detail": N_(
        "The server could not verify that you are authorized to access the URL "
        "requested. You either supplied the wrong credentials (e.g. a bad password), "
        "or your browser doesn't understand how to supply the credentials required."
    ),
    "http.403.title": N_("Forbidden"),
    "http.403.detail": N_(
        "You don't have the permission to access the requested resource. It is either"
        " read-protected or not readable by the server."
    ),
    "http.404.title": N_("Not Found"),
    "http.404.detail": N_(
        "The requested URL was not found on the server. If you entered the URL "
        "manually please check your spelling and try again."
    ),
    "http.405.title": N_("Method Not Allowed"),
    "http.405.detail": N_("The method is not allowed for the requested URL."),
    "http.406.title": N_("Not Acceptable"),
    "http.406.detail": N_(
        "The resource identified by the request is only capable of generating "
        "response entities which have content characteristics not acceptable "
        "according to the accept headers sent in the request."
    ),
    "http.408.title": N_("Request Timeout"),
    "http.408.detail": N_(
        "The server closed the network connection because the browser didn't finish "
        "the request within the specified time."
    ),
    "http.409.title": N_("Conflict"),
    "http.409.detail": N_(
        "A conflict happened while processing the request. The resource might have "
        "been modified while the request was being processed."
    ),
    "http.410.title": N_("Gone"),
    "http.410.detail": N_(
        "The requested URL is no longer available on this server and there is no "
        "forwarding address. If you followed a link from a foreign page, please "
        "contact the author of this page."
    ),
    "http.411.title": N_("Length Required"),
    "http.411.detail": N_(
        "A request with this method requires a valid <code>Content-Length</code> "
        "header."
    ),
    "http.412.title": N_("Precondition Failed"),
    "http.412.detail": N_(
        "The precondition on the request for the URL failed positive evaluation."
    ),
    "http.413.title": N_("Request Entity Too Large"),
    "http.413.detail": N_("The data value transmitted exceeds the capacity limit."),
    "http.414.title": N_("Request URI Too Long"),
    "http.414.detail": N_(
        "The length of the requested URL exceeds the capacity limit for this server. "
        "The request cannot be processed."
    ),
    "http.415.title": N_("Unsupported Media Type"),
    "http.415.detail": N_(
        "The server does not support the media type transmitted in the request."
    ),
    "http.416.title": N_("Requested Range Not Satisfiable"),
    "http.416.detail": N_("The server cannot provide the requested range."),
    "http.417.title": N_("Expectation Failed"),
    "http.417.detail": N_(
        "The server could not meet the requirements of the Expect header"
    ),
    "http.418.title": N_("I'm a teapot"),
    "http.418.detail": N_("This server is a teapot, not a coffee machine"),
    "http.421.title": N_("Misdirected Request"),
    "http.421.detail": N_("The server is not able to produce a response."),
    "http.422.title": N_("Unprocessable Entity"),
    "http.422.detail": N_(
        "The request was well-formed but was unable to be followed due to semantic "
        "errors."
    ),
    "http.423.title": N_("Locked"),
    "http.423.detail": N_("The resource that is being accessed is locked."),
    "http.424.title": N_("Failed Dependency"),
    "http.424.detail": N_(
        "The method could not be performed on the resource because the requested "
        "action depended on another action and that action failed."
    ),
    "http.428.title": N_("Precondition Required"),
    "http.428.detail": N_(
        'This request is required to be conditional; try using "If-Match" or '
        '"If-Unmodified-Since".'
    ),
    "http.429.title": N_("Too Many Requests"),
    "http.429.detail": N_(
        "This user has exceeded an allotted request count. Try again later."
    ),
    "http.431.title": N_("Request Header Fields Too Large"),
    "http.431.detail": N_("One or more header fields exceeds the maximum size."),
    "http.451.title": N_("Unavailable For Legal Reasons"),
    "http.451.detail": N_("Unavailable for legal reasons."),
    "http.500.title": N_("Internal Server Error"),
    "http.500.detail": N_(
        "The server encountered an internal error and was unable to complete your "
        "request. Either the server is overloaded or there is an error in the "
        "application."
    ),
    "http.501.title": N_("Not Implemented"),
    "http.501.detail": N_(
        "The server does not support the action requested by the browser."
    ),
    "http.502.title": N_("Bad Gateway"),
    "http.502.detail": N_(
        "The proxy server received an invalid response from an upstream server."
    ),
    "http.503.title": N_("Service Unavailable"),
    "http.503.detail": N_(
        "The server is temporarily unable to service your request due to maintenance "
        "downtime or capacity problems. Please try again later."
    ),
    "http.504.title": N_("Gateway Timeout"),
    "http.504.detail": N_("The connection to an upstream server timed out."),
    "http.505.title": N_("HTTP Version Not Supported"),
    "http.505.detail": N_(
        "The server does not support the HTTP protocol version used in the request."
    ),
}
