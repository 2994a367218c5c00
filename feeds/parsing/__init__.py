"""Bytes of others are read in a process of their own, with limits: what breaks there breaks nothing here."""
