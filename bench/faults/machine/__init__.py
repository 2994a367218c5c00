"""Faults of the machine that the worker runs on: processes, clocks, stores, the disk."""
