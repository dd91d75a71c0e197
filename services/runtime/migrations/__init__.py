"""The history of the database's schema. Each version is written once, never changed, and only goes forward.

A new version is a file ``versions/v<number>_<what>.py`` whose ``down_revision`` is the one before it; a test tells
when the versions and ``runtime/tables.py`` no longer say the same.
"""
