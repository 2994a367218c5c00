"""The dashboard: pages, map, live values and the HTTP API. Uses store and geo, never feeds."""
