"""OAuth2 client credentials: a token asked for once, kept as long as it lives, asked for again when it is refused."""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from typing import Any, Literal

from pydantic import BaseModel, field_validator

from feeds.errors import FetchError

_MEMORY = "oauth2_token"
LEEWAY_S = 30


class OAuth2(BaseModel):
    """token_url: where tokens are given; method: how the client names itself there."""

    token_url: str
    client_id: str
    client_secret: str
    scope: str = ""
    method: Literal["client_secret_basic", "client_secret_post"] = "client_secret_basic"

    @field_validator("token_url")
    @classmethod
    def _http(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("http:// or https:// address expected")
        return url


def remembered(memory: MutableMapping[str, Any], oauth2: OAuth2) -> str | None:
    """The header's value of a token that still lives."""
    from authlib.oauth2.rfc6749 import OAuth2Token  # a tenth of a second to import, and few feeds log in

    kept = memory.get(_MEMORY)
    if kept is None or OAuth2Token(dict(kept)).is_expired(LEEWAY_S):
        return None
    return f"Bearer {kept['access_token']}"


def forget(memory: MutableMapping[str, Any]) -> None:
    memory.pop(_MEMORY, None)


def question(oauth2: OAuth2) -> tuple[str, dict[str, str], str]:
    """Address, headers and form that ask for a token."""
    from authlib.oauth2.auth import ClientAuth
    from authlib.oauth2.rfc6749.parameters import prepare_token_request

    form = prepare_token_request("client_credentials", scope=oauth2.scope)
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    client = ClientAuth(oauth2.client_id, oauth2.client_secret, oauth2.method)
    url, headers, form = client.prepare("POST", oauth2.token_url, headers, form)
    return url, headers, form


def learn(memory: MutableMapping[str, Any], oauth2: OAuth2, status: int, data: bytes, url: str) -> str:
    """Keep the token that came; the header's value. Raises FetchError when none came."""
    from authlib.oauth2.rfc6749 import OAuth2Token

    try:
        said = json.loads(data)
    except ValueError:
        said = {}
    said = said if isinstance(said, dict) else {}
    if status >= 500:
        raise FetchError("run.http_server_error", transient=True, status=status, url=url)
    if status >= 300 or not isinstance(said.get("access_token"), str):
        raise FetchError("run.login_refused", url=url, status=status, detail=str(said.get("error", ""))[:60])
    try:
        memory[_MEMORY] = dict(OAuth2Token(said))
    except (TypeError, ValueError) as error:
        raise FetchError("run.login_refused", url=url, status=status, detail="expires_in") from error
    return f"Bearer {said['access_token']}"
