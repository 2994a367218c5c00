"""The central SQL store: schema, engine, writes, reads and the change signal. Imports nothing of the other packages."""
