"""Sources that can be broken, and how each is."""
