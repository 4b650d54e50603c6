"""The modules that the template maintains, one for each concern.

Most are bound by one line of create_app(). `copier update` improves these files. Change
what they do by the settings in config.py, and put your code elsewhere.

Maintained by copier-flask.
"""
