"""Who asks, whom we trust, and through what: keys, logins, certificates and proxies against real servers."""

import gzip
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from feeds.connectors import http
from feeds.errors import FeedError
from feeds.fetching import Content, Visit
from feeds.tables import read_table
from tests.support.logins import LoginServer, login_server
from tests.support.proxies import Proxy, ProxyMissing, tinyproxy
from tests.support.sources import Web, body, free_port, web

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)


def read(url: str, base: Path = Path(), memory: dict[str, object] | None = None, **options: object) -> Content:
    visit = Visit(NOW, time.monotonic() + 10, base, max_bytes=100_000, memory={} if memory is None else memory)
    (fetched,) = http.fetch(http.Options(url=url, **options), visit)  # type: ignore[arg-type]
    return fetched.read()


def refused(url: str, base: Path = Path(), **options: object) -> FeedError:
    with pytest.raises(FeedError) as caught:
        read(url, base, **options)  # type: ignore[arg-type]
    return caught.value


# ── Keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def server() -> Iterator[Web]:
    with web() as served:
        served.answers["/"] = body(b"[]")
        yield served


def test_a_key_goes_into_the_header_that_is_named(server: Web) -> None:
    read(server.url(), api_key="secret", api_key_name="X-Ma")
    assert server.asked[0][1]["X-Ma"] == "secret"


def test_a_key_in_the_query_is_never_shown(server: Web) -> None:
    server.answers["/"] = body(b"", status=403)
    error = refused(server.url("/?a=1"), api_key="secret", api_key_name="key", api_key_in="query")
    assert server.asked[0][0] == "/?a=1&key=secret"
    assert "secret" not in str(error) + repr(error.values)


def test_an_old_encoding_is_read_when_it_is_declared(server: Web) -> None:
    server.answers["/"] = body("Mã;Tên\n1;Hồ sơ đã nhận\n".encode("windows-1258", "ignore"), kind="text/csv")
    content = read(server.url(), format="csv", encoding="windows-1258")
    assert isinstance(content.data, bytes)
    assert content.layout.encoding == "windows-1258"
    with pytest.raises(ValueError, match="windows-1258"):
        http.Options(url=server.url(), encoding="klingon")


def test_compressed_answers_count_as_they_unpack(server: Web) -> None:
    server.answers["/"] = body(gzip.compress(b"[" + b" " * 99_000 + b"]"), Content_Encoding="gzip")
    assert read(server.url()).data == b"[" + b" " * 99_000 + b"]"
    server.answers["/"] = body(gzip.compress(b" " * 100_001), Content_Encoding="gzip")
    assert refused(server.url()).code == "run.too_large"


# ── Logins ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def logins() -> Iterator[LoginServer]:
    with login_server() as served:
        yield served


def login(logins: LoginServer, secret: str = "word", **more: str) -> dict[str, str]:
    return {"token_url": logins.url("/token"), "client_id": "ioc", "client_secret": secret, **more}


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_token_is_asked_for_once_and_again_when_it_is_refused(logins: LoginServer, method: str) -> None:
    memory: dict[str, object] = {}
    given = len(logins.tokens)
    for _ in range(2):
        content = read(logins.url("/rows"), memory=memory, oauth2=login(logins, method=method))
        assert read_table(content.data, content.layout).rows[0].values == {"a": 1}
    assert len(logins.tokens) == given + 1
    logins.valid.clear()
    read(logins.url("/rows"), memory=memory, oauth2=login(logins, method=method))
    assert len(logins.tokens) == given + 2


def test_a_token_that_has_run_out_is_asked_for_again(logins: LoginServer) -> None:
    memory: dict[str, object] = {}
    read(logins.url("/rows"), memory=memory, oauth2=login(logins))
    memory["oauth2_token"]["expires_at"] = int(time.time()) + 5  # type: ignore[index]
    read(logins.url("/rows"), memory=memory, oauth2=login(logins))
    assert len(set(logins.tokens[-2:])) == 2


def test_a_wrong_secret_is_named_without_showing_it(logins: LoginServer) -> None:
    error = refused(logins.url("/rows"), oauth2=login(logins, "not-the-word"))
    assert (error.code, error.values["detail"]) == ("run.login_refused", "invalid_client")
    assert "not-the-word" not in str(error)


@pytest.mark.parametrize("said", [b"<html>", b"[]", b'{"access_token": 5}', b'{"access_token": "x", "expires_in": "soon"}'])
def test_nonsense_instead_of_a_token_is_named(server: Web, said: bytes) -> None:
    server.answers["/token"] = body(said)
    options = {"token_url": server.url("/token"), "client_id": "ioc", "client_secret": "w"}
    assert refused(server.url(), oauth2=options).code == "run.login_refused"


# ── Certificates ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return "ca.pem"


def served_with(certificate: trustme.LeafCert, clients: trustme.CA | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if clients is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        clients.configure_trust(context)
    return context


def test_an_authority_of_ones_own_is_trusted_when_it_is_declared(authority: trustme.CA, ca_file: str, tmp_path: Path) -> None:
    with web(served_with(authority.issue_cert("127.0.0.1"))) as served:
        served.answers["/"] = body(b"[1]")
        assert read(served.url(), tmp_path, ca_file=ca_file).data == b"[1]"
        assert refused(served.url(), tmp_path).code == "run.tls_untrusted"
        assert [path for path, _ in served.asked] == ["/"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [("expired", "run.tls_expired"), ("early", "run.tls_not_yet_valid"), ("host", "run.tls_wrong_host"), ("self", "run.tls_untrusted")],
)
def test_each_fault_of_a_certificate_has_its_word(authority: trustme.CA, ca_file: str, tmp_path: Path, fault: str, code: str) -> None:
    now, day = datetime.now(UTC), timedelta(days=1)
    certificate = {
        "expired": lambda: authority.issue_cert("127.0.0.1", not_before=now - 3 * day, not_after=now - day),
        "early": lambda: authority.issue_cert("127.0.0.1", not_before=now + day, not_after=now + 3 * day),
        "host": lambda: authority.issue_cert("khac.example.vn"),
        "self": lambda: trustme.CA().issue_cert("127.0.0.1"),
    }[fault]()
    with web(served_with(certificate)) as served:
        error = refused(served.url(), tmp_path, ca_file=ca_file)
        assert (error.code, error.transient, served.asked) == (code, False, [])


def test_our_own_certificate_opens_the_door_that_asks_for_one(authority: trustme.CA, ca_file: str, tmp_path: Path) -> None:
    ours = authority.issue_cert("ioc.example.vn")
    ours.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "ioc.pem"))
    context = served_with(authority.issue_cert("127.0.0.1"), clients=authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # in 1.3 the refusal comes after the handshake, and may be lost with the connection
    with web(context) as served:
        served.answers["/"] = body(b"[1]")
        assert read(served.url(), tmp_path, ca_file=ca_file, cert_file="ioc.pem").data == b"[1]"
        assert refused(served.url(), tmp_path, ca_file=ca_file).code == "run.tls_client_refused"


def test_a_missing_certificate_is_a_fault_of_the_feed_in_tls_1_3_too(authority: trustme.CA, ca_file: str, tmp_path: Path) -> None:
    with web(served_with(authority.issue_cert("127.0.0.1"), clients=authority)) as served:
        assert refused(served.url(), tmp_path, ca_file=ca_file).code in ("run.tls_client_refused", "run.broken_off", "run.cut_off")


@pytest.mark.parametrize("option", ["ca_file", "cert_file"])
@pytest.mark.parametrize("text", [None, "not a certificate"])
def test_a_certificate_file_that_cannot_be_used_is_named(tmp_path: Path, option: str, text: str | None) -> None:
    if text is not None:
        (tmp_path / "x.pem").write_text(text)
    error = refused(f"https://127.0.0.1:{free_port()}/", tmp_path, **{option: "x.pem"})
    assert (error.code, error.values["path"]) == ("run.tls_file", str(tmp_path / "x.pem"))


def test_plain_http_on_a_tls_address_is_a_failed_connection(server: Web) -> None:
    assert refused(f"https://127.0.0.1:{server.port}/").code == "run.tls_failed"


# ── Proxies ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    try:
        with tinyproxy("ioc word") as running:
            yield running
    except ProxyMissing as missing:
        pytest.skip(f"needs a real proxy: {missing}")


def test_a_source_is_reached_through_a_proxy(server: Web, proxy: Proxy) -> None:
    assert read(server.url(), proxy=proxy.url("ioc:word@")).data == b"[]"
    assert "Via" in server.asked[0][1]


def test_a_source_with_tls_is_reached_through_a_proxy(authority: trustme.CA, ca_file: str, tmp_path: Path, proxy: Proxy) -> None:
    with web(served_with(authority.issue_cert("127.0.0.1"))) as served:
        served.answers["/"] = body(b"[1]")
        port = served.port
        proxied = read(served.url(), tmp_path, ca_file=ca_file, proxy=proxy.url("ioc:word@"))
        assert proxied.data == b"[1]"
        assert f"127.0.0.1:{port}" in proxy.log.read_text()


def test_a_proxy_that_refuses_is_named_without_its_password(server: Web, proxy: Proxy) -> None:
    # To a plain question tinyproxy answers 401, as if it were the source; to a tunnel httpx tells the two apart.
    for url, code in ((server.url(), "run.http_denied"), (f"https://127.0.0.1:{server.port}/", "run.proxy")):
        error = refused(url, proxy=proxy.url("ioc:wrong@"))
        assert error.code == code
        assert "wrong" not in str(error)
    assert server.asked == []


def test_a_proxy_that_is_away_is_named(server: Web) -> None:
    error = refused(server.url(), proxy=f"http://ioc:word@127.0.0.1:{free_port()}")
    assert (error.code, error.transient) == ("run.no_connection", True)
    assert "word" not in str(error)
