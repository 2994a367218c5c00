"""Real geographic services on loopback: pygeoapi (OGC API Features) and MapServer (WFS), on files that a test makes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

from tests.support.sources import free_port, until_open

MAPSERV = Path("/usr/lib/cgi-bin/mapserv")
SERVE = """
import logging, warnings
warnings.simplefilter("ignore")
from werkzeug.serving import make_server
from pygeoapi.flask_app import APP
make_server("127.0.0.1", {port}, APP, threaded=True).serve_forever()
"""


class MapServerMissing(Exception):
    """This machine has no MapServer."""


@contextmanager
def pygeoapi(folder: Path, collections: dict[str, Path], crs: list[str]) -> Iterator[str]:
    """The address of a running pygeoapi. collections: name → GeoJSON file in degrees; crs: systems offered, as URIs.

    It believes to live at another address, as services behind a proxy do.
    """
    port = free_port()
    names = {name: _collection(name, path, crs) for name, path in collections.items()}
    config = {"server": _server(port), "logging": {"level": "ERROR"}, "metadata": _metadata(), "resources": names}
    (folder / "config.yml").write_text(yaml.safe_dump(config))
    environment = {**os.environ, "PYGEOAPI_CONFIG": str(folder / "config.yml"), "PYGEOAPI_OPENAPI": str(folder / "openapi.yml")}
    made = [str(Path(sys.executable).with_name("pygeoapi")), "openapi", "generate", str(folder / "config.yml")]
    with (folder / "pygeoapi.log").open("wb") as log:
        subprocess.run(
            [*made, "--output-file", str(folder / "openapi.yml")], env=environment, check=True, stdout=log, stderr=log, timeout=120
        )
        with subprocess.Popen([sys.executable, "-c", SERVE.format(port=port)], env=environment, stdout=log, stderr=log) as running:
            try:
                until_open(port, 60)
                yield f"http://127.0.0.1:{port}"
            finally:
                running.terminate()
                running.wait(10)


def _server(port: int) -> dict[str, object]:
    bound = {"host": "127.0.0.1", "port": port}
    limits = {"default_items": 10, "max_items": 10}
    return {"bind": bound, "url": "http://dia-ly.example.vn/api", "mimetype": "application/json", "encoding": "utf-8", "limits": limits} | {
        "languages": ["en-US"],
        "map": {"url": "http://example.invalid/{z}/{x}/{y}.png", "attribution": "-"},
    }


def _metadata() -> dict[str, object]:
    nowhere = {"name": "-", "url": "http://example.invalid"}
    about = {"title": "t", "description": "d", "keywords": ["k"], "terms_of_service": "-", "url": "http://example.invalid"}
    return {"identification": about, "license": nowhere, "provider": nowhere, "contact": {**nowhere, "email": "-"}}


def _collection(name: str, path: Path, crs: list[str]) -> dict[str, object]:
    provider = {"type": "feature", "name": "GeoJSON", "data": str(path), "id_field": "id", "crs": crs, "storage_crs": crs[0]}
    extents = {"spatial": {"bbox": [102, 20, 104, 23], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}}
    return {
        "type": "collection",
        "title": name,
        "description": name,
        "keywords": ["k"],
        "links": [],
        "extents": extents,
        "providers": [provider],
    }


# ── MapServer ────────────────────────────────────────────────────────────────────────────────────────────────────────────

MAPFILE = """
MAP
  NAME thu EXTENT 102 20 104 23 SIZE 10 10
  CONFIG "PROJ_LIB" "/usr/share/proj"
  PROJECTION "epsg:4326" END
  WEB METADATA
    "ows_title" "thu" "ows_onlineresource" "{url}" "wfs_enable_request" "*" "ows_srs" "EPSG:4326 EPSG:9205"
    "wfs_getfeature_formatlist" "{formats}"
  END END
  OUTPUTFORMAT NAME "geojson" DRIVER "OGR/GEOJSON" MIMETYPE "application/json; subtype=geojson"
    FORMATOPTION "FORM=SIMPLE" FORMATOPTION "STORAGE=memory" END
  LAYER
    NAME thon TYPE POINT STATUS ON CONNECTIONTYPE OGR CONNECTION "{path}" DATA "{layer}"
    PROJECTION "epsg:{epsg}" END
    METADATA
      "ows_title" "thon" "gml_include_items" "all" "gml_featureid" "ma" "wfs_maxfeatures" "{most}"
      "wfs_use_default_extent_for_getfeature" "false"
    END
  END
END
"""


@dataclass
class MapServer:
    """asked: the query of each request. mapfile: read anew for each."""

    url: str
    mapfile: Path
    asked: list[str] = field(default_factory=list)

    def write(self, path: Path, layer: str, epsg: int, *, formats: str = "geojson,gml", most: int = 1000) -> None:
        text = MAPFILE.format(url=self.url, path=path, layer=layer, epsg=epsg, formats=formats, most=most)
        self.mapfile.write_text(text, encoding="utf-8")


@contextmanager
def mapserver(folder: Path) -> Iterator[MapServer]:
    """MapServer's CGI program behind a small web server. Raises MapServerMissing."""
    if not MAPSERV.exists() and shutil.which("mapserv") is None:
        raise MapServerMissing("mapserv (Debian package cgi-mapserver)")

    config = folder / "mapserver.conf"
    config.write_text('CONFIG ENV "MS_MAP_PATTERN" "." END END\n')

    class Cgi(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = self.path.partition("?")[2]
            served.asked.append(query)
            environment = {
                "REQUEST_METHOD": "GET",
                "QUERY_STRING": query,
                "MS_MAPFILE": str(served.mapfile),
                "MAPSERVER_CONFIG_FILE": str(config),
            }
            answer = subprocess.run([MAPSERV], env=environment, capture_output=True, timeout=60).stdout
            head, _, data = answer.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
            self.send_response(int(headers.pop("Status", "200").split()[0]))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Cgi)
    served = MapServer(f"http://127.0.0.1:{server.server_address[1]}/wfs", folder / "thu.map")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
