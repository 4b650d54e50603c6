"""Ordinary changes of a product, made in a rendered project."""
