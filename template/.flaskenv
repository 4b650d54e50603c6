# Read only by the `flask` command; variables of the environment take precedence.
FLASK_APP=run

# Empty unless APP_CONFIG was set in the process environment; `flask db` checks it before
# it works on a DATABASE_URL from there. Keep it above the next line.
APP_CONFIG_OUTSIDE=${APP_CONFIG:-}
APP_CONFIG=development
