"""Tests of what reads bytes of others apart."""
