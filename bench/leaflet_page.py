"""The peer of bench.paint: a minimal dash-leaflet page with the same outlines and villages, and nothing else.

python -m bench.leaflet_page GEOJSON_FOLDER PORT
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import dash_leaflet as dl
import uvicorn
from dash import Dash, html
from dash_extensions.javascript import assign

POINT = "function(feature, latlng) { return L.circleMarker(latlng, {radius: 3, weight: 0, fillOpacity: 0.8}); }"


def main(folder: str, port: int) -> None:
    units = json.loads((Path(folder) / "units.json").read_text())
    units["features"] = [feature for feature in units["features"] if feature["properties"]["level"] == "commune"]
    villages = json.loads((Path(folder) / "villages.json").read_text())
    app = Dash(__name__, backend="fastapi", compress=True, assets_folder=str(Path.cwd() / "assets"))
    layers = [dl.GeoJSON(data=units, id="units"), dl.GeoJSON(data=villages, pointToLayer=assign(POINT), id="villages")]
    bounds = [[20.8, 102.1], [22.6, 103.6]]
    app.layout = html.Div(dl.Map(layers, bounds=bounds, preferCanvas=True, style={"height": "100vh"}))
    uvicorn.run(app.server, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
