"""Faults × feeds: what really happens to a running worker, its store and its other feeds when a source or the machine goes wrong."""
