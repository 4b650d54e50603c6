"""Accounts, kept like app/core: one module for each pattern.

The pages of app/auth, the API and `flask users` all work through these modules.

Maintained by copier-flask.
"""
