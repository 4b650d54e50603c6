"""Faults to plant, a module for each area."""
