"""Updates from the template: `just preview`, `just update` and `just outdated`.

`python -m updates COMMAND` runs them, with the standard library only. Each module
imports all that it needs when it starts, because an update replaces these files while
they run.

Maintained by copier-flask.
"""
