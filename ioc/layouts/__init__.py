"""Page layouts, one file per page: each owns its component IDs."""
