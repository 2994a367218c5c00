"""Every table and key of a TOML text is found on its line."""

from feeds.toml_lines import Lines

TEXT = '''# a comment
[feeds.mcu]   # with a comment
url = "http://a/#x = 1"
headers = { Authorization = "x" }
pattern = """
inner = 1
[not.a.table]
"""
list = [
  "a = 1",
]
title.vi = "x"
"title_en" = 'y'

[feeds.mcu.columns]
"4g" = "4G"
'thôn' = "x"

[feeds."a.b"]
every_s = 5
'''


def test_tables_and_keys_are_found_on_their_lines() -> None:
    lines = Lines(TEXT)
    assert lines[("feeds", "mcu")] == 2
    assert lines[("feeds", "mcu", "url")] == 3
    assert lines[("feeds", "mcu", "pattern")] == 5
    assert lines[("feeds", "mcu", "list")] == 9
    assert lines[("feeds", "mcu", "title", "vi")] == 12
    assert lines[("feeds", "mcu", "title_en")] == 13
    assert lines[("feeds", "mcu", "columns")] == 15
    assert lines[("feeds", "mcu", "columns", "4g")] == 16
    assert lines[("feeds", "mcu", "columns", "thôn")] == 17
    assert lines[("feeds", "a.b", "every_s")] == 20


def test_what_stands_inside_values_is_no_key_and_falls_back_to_the_line_around_it() -> None:
    lines = Lines(TEXT)
    assert lines[("feeds", "mcu", "inner")] == 2
    assert lines[("feeds", "mcu", "headers", "Authorization")] == 4
    assert lines[("not", "a", "table")] == 1
    assert Lines("")[("feeds",)] == 1
