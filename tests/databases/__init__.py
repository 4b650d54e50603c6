"""Projects on database servers, and on SQLite under load."""
