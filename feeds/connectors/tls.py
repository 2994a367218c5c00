"""A probe: makes an encrypted connection to every target, and says for how many days its certificate is still good."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from cryptography import x509
from pydantic import Field

from feeds import probing
from feeds.errors import FetchError
from feeds.fetching import Fetched, Visit
from feeds.probing import Address, Answer, down, up_since

QUEUE = "probes"
DEFAULT_PORT = 443
REASONS = {10: "expired", 62: "other_name", 64: "other_name"}  # X509_V_ERR_… of OpenSSL; all others: not_valid


class Options(probing.Options):
    """answer_timeout_s: for connection and handshake. ca_file: whom to trust instead of the system's authorities.

    least_days: a certificate that ends sooner is down already, as ends_soon; 0: only an expired one.
    """

    answer_timeout_s: float = Field(default=5.0, gt=0, le=60)
    ca_file: Path | None = None
    least_days: int = Field(default=0, ge=0, le=3650)


def fetch(options: Options, visit: Visit) -> Iterator[Fetched]:
    """One round of ``tls:host:port``; rows also have days_left and expires_at."""
    try:
        trusting = ssl.create_default_context(cafile=visit.base / options.ca_file if options.ca_file else None)
    except OSError as error:
        raise FetchError("run.certificate_unreadable", detail=str(error)) from error
    return probing.fetch("tls", ("tls", "https") if options.targets else ("tls",), partial(_probe, options, trusting), options, visit)


async def _probe(options: Options, trusting: ssl.SSLContext, address: Address) -> Answer:
    started = time.perf_counter()
    try:
        async with asyncio.timeout(options.answer_timeout_s):
            ends_at = await _ends_at(address, trusting)
    except TimeoutError:
        return down("timeout")
    except ssl.SSLCertVerificationError as error:
        return down("untrusted" if error.verify_code in probing.NO_ISSUER else REASONS.get(error.verify_code, "not_valid"))
    except ssl.SSLError:
        return down("tls")
    except (OSError, UnicodeError) as error:
        return down(probing.why_not(error))
    days_left = (ends_at - datetime.now(UTC)).days
    more = {"days_left": days_left, "expires_at": ends_at}
    if days_left < options.least_days:
        return Answer("down", "ends_soon", None, more)
    return up_since(started, f"{days_left} d", **more)


async def _ends_at(address: Address, trusting: ssl.SSLContext) -> datetime:
    """When the certificate of a server that we trust ends."""
    _, writer = await asyncio.open_connection(address.host, address.port or DEFAULT_PORT, ssl=trusting, server_hostname=address.host)
    try:
        der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.transport.abort()
    return x509.load_der_x509_certificate(der).not_valid_after_utc
