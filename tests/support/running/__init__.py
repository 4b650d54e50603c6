"""Rendered projects that are installed, tested and served."""
