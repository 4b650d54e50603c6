"""Accounts, maintained like app/core: one module for each concern.

The pages of app/auth, the API and `flask users` all use these modules.

Maintained by copier-flask.
"""
