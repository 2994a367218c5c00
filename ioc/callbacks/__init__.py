"""Callbacks, one file per page with the stem of its layout: wiring only."""
