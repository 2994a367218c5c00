"""Alembic's folder: `versions/` holds one file per change of the schema, named `<revision>_<what>.py`, revisions in ascending order.

Run by `store.schema_version.upgrade`, on both databases.
"""
