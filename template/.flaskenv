# Read by the `flask` command alone, and only for what is not set outside.
FLASK_APP=run

# Stays empty when APP_CONFIG is not set outside; `flask db` looks at it before it
# works on a DATABASE_URL that is. Keep it above the next line.
APP_CONFIG_OUTSIDE=${APP_CONFIG:-}
APP_CONFIG=development
