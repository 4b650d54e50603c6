"""Tests of the template: a folder for each layer, and what layers share in support."""
