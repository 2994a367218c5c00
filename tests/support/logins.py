"""A real OAuth2 server on loopback (Authlib's, on Flask) that gives tokens to clients and guards one list."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from flask import Flask, jsonify, request
from werkzeug.serving import make_server


class _Client(SimpleNamespace):
    """Client "ioc" with secret "word", as Authlib asks about one."""

    def check_client_secret(self, secret: str) -> bool:
        return secret == "word"

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in ("client_secret_basic", "client_secret_post")

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "client_credentials"

    def get_allowed_scope(self, scope: str | None) -> str:
        return scope or ""


@dataclass
class LoginServer:
    """tokens: those given, oldest first; withdraw one by taking it out of `valid`."""

    port: int
    tokens: list[str] = field(default_factory=list)
    valid: set[str] = field(default_factory=set)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def login_server() -> Iterator[LoginServer]:
    """POST /token; GET /rows for whoever has a token that still holds."""
    app = Flask(__name__)
    http = make_server("127.0.0.1", 0, app, threaded=True)
    served = LoginServer(http.server_port)

    def save(token: dict[str, Any], _request: Any) -> None:
        served.tokens.append(token["access_token"])
        served.valid.add(token["access_token"])

    oauth = AuthorizationServer(app, query_client=lambda key: _Client(client_id=key) if key == "ioc" else None, save_token=save)
    oauth.register_grant(
        type("Grant", (ClientCredentialsGrant,), {"TOKEN_ENDPOINT_AUTH_METHODS": ["client_secret_basic", "client_secret_post"]})
    )

    @app.post("/token")
    def token() -> Any:
        return oauth.create_token_response()

    @app.get("/rows")
    def rows() -> Any:
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return jsonify([{"a": 1}]) if bearer in served.valid else (jsonify(error="invalid_token"), 401)

    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        http.shutdown()
        http.server_close()
        thread.join(5)
