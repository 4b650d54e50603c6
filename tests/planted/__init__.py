"""Faults planted in a rendered project."""
