"""Certificates: whom to trust, who we are, and what exactly is wrong with the other side's."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from feeds.errors import FetchError

# X.509 verification results of OpenSSL (x509_vfy.h).
_VERIFY_CODES = {
    9: "run.tls_not_yet_valid",
    10: "run.tls_expired",
    18: "run.tls_untrusted",
    19: "run.tls_untrusted",
    20: "run.tls_untrusted",
    21: "run.tls_untrusted",
    62: "run.tls_wrong_host",
    64: "run.tls_wrong_host",
}
_CLIENT_REFUSED = ("certificate required", "bad certificate", "unknown ca", "handshake failure", "access denied")


def context(ca_file: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """What a connection trusts and shows. ca_file: trusted instead of the system's; certificate: ours, with its key in it or beside it.

    Raises FetchError("run.tls_file") naming the file that cannot be used.
    """
    if ca_file is None and certificate is None:
        return _usual()
    try:
        path = ca_file
        made = ssl.create_default_context(cafile=ca_file)
        if certificate is not None:
            path = certificate
            made.load_cert_chain(certificate, key, password="")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise FetchError("run.tls_file", path=str(path)) from error
    return made


def fault(error: BaseException) -> tuple[str, str] | None:
    """Catalogue code and OpenSSL's own word of what TLS said, None when it was something else."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _VERIFY_CODES.get(cause.verify_code, "run.tls_untrusted"), cause.verify_message
        if isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return None
        if isinstance(cause, ssl.SSLError):
            said = str(cause).lower().replace("_", " ")
            refused = "alert" in said and any(word in said for word in _CLIENT_REFUSED)
            return "run.tls_client_refused" if refused else "run.tls_failed", (cause.reason or "").lower().replace("_", " ")
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


@cache
def _usual() -> ssl.SSLContext:
    return ssl.create_default_context()
