"""Real things that tests start: databases, servers, clocks."""
