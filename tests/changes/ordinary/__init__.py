"""Ordinary changes, in groups that one project can have together."""
