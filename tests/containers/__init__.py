"""Images that are built, started and probed."""
