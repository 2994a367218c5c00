"""Web pages and XML where a table was expected: each is told by its first element."""

from __future__ import annotations

from xml.parsers import expat

from feeds.errors import ContentError

MOST_BYTES = 65_536
_TEXT = ("script", "style", "div", "p", "h1", "h2", "table", "center", "b", "br")
PAGE = frozenset({"", "doctype", "html", "head", "body", "title", "meta", *_TEXT})
"""Elements with which a web page, or a part of one, begins."""


def refuse_markup(data: bytes) -> None:
    """Raises ContentError for a web page and for XML, naming its root element; other data passes."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"<":
        return
    root = root_of(data.lstrip()[:MOST_BYTES])
    if root.casefold() in PAGE:
        raise ContentError("run.html_instead")
    raise ContentError("run.xml_instead", found=root[:80])


def root_of(head: bytes) -> str:
    """The name of the root element, without its prefix; "DOCTYPE" for a document type, which may name files and unfold without end.

    "" when there is none.
    """
    found: list[str] = []
    parser = expat.ParserCreate()

    def doctype(*_: object) -> None:
        found.append("DOCTYPE")

    def element(name: str, _attributes: object) -> None:
        found.append(name.rpartition(":")[2])

    parser.StartDoctypeDeclHandler, parser.StartElementHandler = doctype, element
    try:
        for start in range(0, len(head), 4096):
            parser.Parse(head[start : start + 4096], False)
            if found:
                break
    except expat.ExpatError:
        pass  # what came before the fault still says what it is
    return found[0] if found else ""
