"""What can go wrong with geography. `code` is a key of the caller's catalogue, `args_` its placeholders; the text is for the log."""

from __future__ import annotations


class GeoError(Exception):
    """Base of the package's errors."""

    code = "geo.error"

    def __init__(self, detail: str = "", **args_: object) -> None:
        super().__init__(detail or f"{self.code} {args_}")
        self.args_ = {"detail": detail, **args_}


class CRSError(GeoError):
    """A coordinate system that cannot be used.

    args_["reason"]: missing | unknown | contradicted | inexact (no exact way to EPSG:4326) | unlisted (no metric one is known).
    """

    code = "geo.crs"


class OutlineError(GeoError):
    """Outlines that cannot be drawn, joined or simplified."""

    code = "geo.outline"


class ExportError(GeoError):
    """A document that would need another host, and so is not written."""

    code = "geo.export"
