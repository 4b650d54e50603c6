"""The bot that proposes updates of the template; `python -m updates.bot` runs it.

Maintained by copier-flask.
"""
