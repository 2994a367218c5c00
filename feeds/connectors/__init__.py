"""Connectors, one file per kind: each fetches the bytes or rows of one source and knows nothing of what they mean."""
