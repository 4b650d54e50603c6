"""Clients of a served project."""
