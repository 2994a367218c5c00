"""Tests of the product: they mirror the packages and start real databases, servers and browsers."""
