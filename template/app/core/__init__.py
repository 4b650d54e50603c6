"""The kept rooms: one module for each pattern, wired by one line in the factory.

`copier update` keeps improving these files. Change what they do through the
settings in config.py where you can, and keep your own code elsewhere.

Maintained by copier-flask.
"""
