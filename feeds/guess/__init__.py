"""A feed's table proposed from a file: its kind, sheet, header, columns and forms, and what is not sure about it."""
