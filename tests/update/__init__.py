"""Updates from releases."""
