"""Measurements that the README quotes: each prints ratios or percentiles of one run, with its peer beside it."""
