"""Views: pure functions of a snapshot and a selection that return components or rows."""
