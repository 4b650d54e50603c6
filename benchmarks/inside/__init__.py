"""Scripts that run in the folder and the environment of an application.

They import nothing of this repository but each other.
"""
