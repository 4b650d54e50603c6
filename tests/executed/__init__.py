"""Rows of answers, each installed, tested and started."""
