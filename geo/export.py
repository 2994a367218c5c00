"""A map to take along: one HTML file that opens from a USB stick with no network.

folium draws it; everything that folium would fetch is replaced by Leaflet as installed (XStatic-Leaflet), and what would still name
another host is refused. Texts come from the caller, in the viewer's language, and cannot become markup or links.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xstatic.pkg.leaflet

from geo.errors import ExportError

STATUSES = ("covered", "weak", "none", "no_data")
SYMBOLS: Mapping[str, dict[str, Any]] = {
    "covered": {"radius": 3, "color": "#0B6E4F", "fillColor": "#3CCB9A", "fillOpacity": 0.9, "weight": 1},
    "weak": {"radius": 5, "color": "#A66A00", "fillColor": "#FFFFFF", "fillOpacity": 0.9, "weight": 3},
    "none": {"radius": 6, "color": "#7A1410", "fillColor": "#E5443A", "fillOpacity": 0.95, "weight": 2},
    "no_data": {"radius": 4, "color": "#4A5A70", "fillColor": "#FFFFFF", "fillOpacity": 0.4, "weight": 1.5, "dashArray": "2 2"},
}
"""Circle of each status: they differ in size, ring and filling, not by colour alone."""

_HEAD, _BODY = "<!--leaflet-->", "<!--texts-->"
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
_REMOTE = re.compile(
    r"""[a-z][a-z0-9+.-]*:(?:/|\\/|\\u002f){2}"""
    r"""|(?:src|href|srcset|action|data|poster)\s*=\s*["']?\s*(?:/|\\/){2}"""
    r"""|(?:url|fetch|open|import|importScripts|sendBeacon)\(\s*["'`]?\s*(?:/|\\/){2}"""
    r"""|@import|<(?:link|iframe|object|embed|base|form)\b|<script[^>]*\ssrc""",
    re.IGNORECASE,
)
_STYLE = """
html, body { margin: 0; height: 100%; font: 15px/1.4 system-ui, "Noto Sans", "Segoe UI", sans-serif; color: #14202F; }
.folium-map { background: #EEF2F7; }
.leaflet-container { font: inherit; }
.leaflet-popup-content th { font-weight: 400; color: #44556B; }
.sheet { position: absolute; z-index: 900; background: #FFFFFFF2; border: 1px solid #B9C6D6; border-radius: 10px; padding: 8px 12px; }
#title { top: 8px; left: 56px; max-width: min(60vw, 720px); }
#title h1 { font-size: 18px; margin: 0; }
#title p { margin: 2px 0 0; color: #44556B; }
#notes { bottom: 26px; right: 8px; text-align: right; font-weight: 600; }
#legend { bottom: 52px; left: 8px; }
#legend div { display: flex; align-items: center; gap: 8px; }
#legend i { box-sizing: border-box; border-radius: 50%; flex: none; }
#legend span { min-width: 18px; display: inline-flex; justify-content: center; }
#legend b { margin-left: auto; padding-left: 12px; font-variant-numeric: tabular-nums; }
@media (max-width: 480px) { #title { max-width: calc(100vw - 92px); } #title h1 { font-size: 15px; } #notes { bottom: 168px; } }
"""


@dataclass(frozen=True)
class MapText:
    """The words on the map. subtitle: one line below the title, "" for none. notes: permanent labels ("Sơ đồ, không phải địa giới").

    statuses: word of each status of the legend. fields: columns of the villages to show on click, with their names.
    """

    language: str
    title: str
    subtitle: str = ""
    notes: Sequence[str] = ()
    statuses: Mapping[str, str] = field(default_factory=lambda: {status: status for status in STATUSES})
    fields: Mapping[str, str] = field(default_factory=dict)


def folium_map(units: gpd.GeoDataFrame, villages: pd.DataFrame, text: MapText) -> str:
    """One self-contained HTML document with the outlines of `units` and the `villages` as circles by status.

    units: geometry (any CRS), full_name, and where known outline_schematic (drawn dashed); may be empty.
    villages: id, name, lon, lat (EPSG:4326), status (covered, weak, none, no_data) and the columns named in `text.fields`; may be
    empty. Raises ExportError for an unknown status, a missing column, and a document that would name another host.
    """
    _check(villages, text)
    drawn = folium.Map(tiles=None, prefer_canvas=True, location=(16.0, 106.0), zoom_start=5, control_scale=True)
    drawn.default_js, drawn.default_css = [], []
    if not units.empty:
        _outlines(units).add_to(drawn)
    if not villages.empty:
        _circles(villages, text).add_to(drawn)
    bounds = _bounds(units, villages)
    if bounds is not None:
        drawn.fit_bounds(bounds, padding=(24, 24))
    root = drawn.get_root()
    assert isinstance(root, folium.Figure)
    root.header.add_child(folium.Element(_HEAD))
    root.html.add_child(folium.Element(_BODY))
    document = root.render().replace(_HEAD, _head(text), 1).replace(_BODY, _texts(villages, text), 1)
    return refuse_remote(document.replace("<html>", f'<html lang="{_safe(text.language)}">', 1))


def refuse_remote(document: str) -> str:
    """`document` itself. Raises ExportError when it names another host, in an address or in an element that would load one."""
    found = _REMOTE.search(document)
    if found:
        around = document[max(0, found.start() - 30) : found.end() + 50]
        raise ExportError(f"the document would need another host: …{around}…", around=around)
    return document


def _check(villages: pd.DataFrame, text: MapText) -> None:
    missing = {"id", "name", "lon", "lat", "status", *text.fields} - set(villages.columns)
    if missing:
        raise ExportError(f"villages lack the columns {', '.join(sorted(missing))}", missing=sorted(missing))
    unknown = set(villages["status"]) - set(STATUSES)
    if unknown:
        raise ExportError(f"unknown status {', '.join(map(str, unknown))}", unknown=sorted(map(str, unknown)))


# ── What is drawn ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _outlines(units: gpd.GeoDataFrame) -> folium.GeoJson:
    placed = units if units.crs is None else units.to_crs(4326)
    schematic = placed["outline_schematic"] if "outline_schematic" in placed else pd.Series(False, index=placed.index)
    features = [
        _feature(shapely.set_precision(shape, 1e-5, mode="pointwise"), {"name": _safe(name), "dash": "6 5" if dashed else None})
        for shape, name, dashed in zip(placed.geometry, placed["full_name"], schematic, strict=True)
    ]
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        name="units",
        style_function=_outline_style,
        tooltip=folium.GeoJsonTooltip(["name"], labels=False),
    )


def _outline_style(feature: dict[str, Any]) -> dict[str, Any]:
    return {"color": "#44607F", "weight": 1.5, "fillColor": "#FFFFFF", "fillOpacity": 0.6, "dashArray": feature["properties"]["dash"]}


def _circles(villages: pd.DataFrame, text: MapText) -> folium.GeoJson:
    """Villages in one layer, those without service last so that they lie on top."""
    order = [status for status in ("no_data", "covered", "weak", "none") if status in set(villages["status"])]
    ranked = villages.assign(rank=villages["status"].map({status: i for i, status in enumerate(order)})).sort_values("rank", kind="stable")
    words = ranked["status"].map(dict(text.statuses)).fillna(ranked["status"])
    shown = {"name": ranked["name"], "word": words, **{column: ranked[column] for column in text.fields}}
    values = {column: [_safe(value) for value in series] for column, series in shown.items()}
    features = [
        _feature(shapely.Point(lon, lat), {"status": status, **{column: values[column][i] for column in values}})
        for i, (lon, lat, status) in enumerate(zip(ranked["lon"], ranked["lat"], ranked["status"], strict=True))
    ]
    labels = ["", "", *(_safe(label) for label in text.fields.values())]
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        name="villages",
        marker=folium.CircleMarker(radius=3),
        style_function=lambda feature: {"fill": True, **SYMBOLS[feature["properties"]["status"]]},
        tooltip=folium.GeoJsonTooltip(["name", "word"], labels=False),
        popup=folium.GeoJsonPopup(["name", "word", *text.fields], aliases=labels),
    )


def _feature(shape: shapely.Geometry, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": json.loads(shapely.to_geojson(shape)), "properties": properties}


def _bounds(units: gpd.GeoDataFrame, villages: pd.DataFrame) -> list[list[float]] | None:
    """South-west and north-east corner as Leaflet wants them, latitude first."""
    boxes = [] if units.empty else [(units if units.crs is None else units.to_crs(4326)).total_bounds]
    if not villages.empty:
        boxes += [np.array([villages["lon"].min(), villages["lat"].min(), villages["lon"].max(), villages["lat"].max()])]
    if not boxes:
        return None
    west, south = np.min([box[:2] for box in boxes], axis=0)
    east, north = np.max([box[2:] for box in boxes], axis=0)
    return [[float(south), float(west)], [float(north), float(east)]]


# ── Text around it ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _safe(value: object) -> str:
    """Text that stays text: in markup, in a script's string, in folium's templates; an address in it is no address any more."""
    text = "" if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)) else str(value)
    return re.sub(r"[`${}\\/@:=(]", lambda match: f"&#{ord(match.group())};", html.escape(text, quote=True))


def _head(text: MapText) -> str:
    script, style = _leaflet()
    policy = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    return f"{policy}<title>{_safe(text.title)}</title><style>{style}{_STYLE}</style><script>{script}</script>"


def _texts(villages: pd.DataFrame, text: MapText) -> str:
    subtitle = f"<p>{_safe(text.subtitle)}</p>" if text.subtitle else ""
    notes = "".join(f"<div>{_safe(note)}</div>" for note in text.notes)
    counts = villages["status"].value_counts()
    legend = "".join(
        f"<div><span>{_legend_symbol(status)}</span>{_safe(text.statuses.get(status, status))}<b>{int(counts[status])}</b></div>"
        for status in STATUSES
        if status in counts
    )
    return (
        f'<div id="title" class="sheet"><h1>{_safe(text.title)}</h1>{subtitle}</div>'
        + (f'<div id="notes" class="sheet">{notes}</div>' if notes else "")
        + (f'<div id="legend" class="sheet">{legend}</div>' if legend else "")
    )


def _legend_symbol(status: str) -> str:
    symbol = SYMBOLS[status]
    size = 2 * symbol["radius"] + symbol["weight"]
    ring = "dashed" if "dashArray" in symbol else "solid"
    style = f"width:{size}px;height:{size}px;background:{symbol['fillColor']};border:{symbol['weight']}px {ring} {symbol['color']}"
    return f'<i style="{style}"></i>'


@lru_cache(maxsize=1)
def _leaflet() -> tuple[str, str]:
    """Leaflet's script and style sheet without the addresses in them.

    Its home page stands in a comment and in the attribution; the namespace of SVG is only needed to draw SVG, and this map draws on
    a canvas; its pictures belong to controls that are not used.
    """
    folder = Path(xstatic.pkg.leaflet.BASE_DIR)
    script = (folder / "leaflet.js").read_text("utf-8")
    style = (folder / "leaflet.css").read_text("utf-8")
    script = re.sub(r"//# sourceMappingURL=\S+", "", script)
    script = re.sub(r"\s*https://leafletjs\.com(?=\n)", "", script)
    script = script.replace('href="https://leafletjs.com"', "").replace("http://www.w3.org/2000/svg", "")
    style = re.sub(r"url\([^)]*\)", "none", re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL))
    return refuse_remote(script.replace("</script", r"<\/script")), refuse_remote(style)
