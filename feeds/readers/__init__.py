"""Sheets and delimited text as tables, in stages: bytes → sheets (`workbook`, `delimited`) → the header (`headers`) → rows (`rows`)."""
