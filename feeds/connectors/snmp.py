"""A probe: asks every target over SNMP (v2c, v3) for how long it is up and for the numbers that the feed names."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from pydantic import Field, field_validator

from feeds import probing
from feeds.answered import Answered
from feeds.errors import FetchError
from feeds.fetching import Content, Fetched, Visit
from feeds.probing import Address, Answer, down, up_since

QUEUE = "probes"
DEFAULT_PORT = 161
UPTIME = "1.3.6.1.2.1.1.3.0"  # sysUpTime of SNMPv2-MIB, in hundredths of a second
AUTHENTICATION = Literal["md5", "sha", "sha224", "sha256", "sha384", "sha512"]
ENCRYPTION = Literal["des", "aes", "aes192", "aes256"]
NAMES = {  # of pysnmp's constants
    "md5": "USM_AUTH_HMAC96_MD5",
    "sha": "USM_AUTH_HMAC96_SHA",
    "sha224": "USM_AUTH_HMAC128_SHA224",
    "sha256": "USM_AUTH_HMAC192_SHA256",
    "sha384": "USM_AUTH_HMAC256_SHA384",
    "sha512": "USM_AUTH_HMAC384_SHA512",
    "des": "USM_PRIV_CBC56_DES",
    "aes": "USM_PRIV_CFB128_AES",
    "aes192": "USM_PRIV_CFB192_AES",
    "aes256": "USM_PRIV_CFB256_AES",
}


class Options(probing.Options):
    """community: with version 2c. user, auth_password, privacy_password: with version 3; without a password that part is left out.

    oids: column = numeric OID, each a column of the row. retries_each: further requests when none is answered.
    """

    version: Literal["2c", "3"] = "2c"
    community: str = "public"
    user: str = ""
    auth_protocol: AUTHENTICATION = "sha256"
    auth_password: str = ""
    privacy_protocol: ENCRYPTION = "aes"
    privacy_password: str = ""
    oids: dict[str, str] = Field(default_factory=dict)
    answer_timeout_s: float = Field(default=2.0, gt=0, le=30)
    retries_each: int = Field(default=1, ge=0, le=5)

    @field_validator("oids")
    @classmethod
    def _numeric(cls, oids: dict[str, str]) -> dict[str, str]:
        for oid in oids.values():
            if not all(part.isdigit() for part in oid.split(".")) or oid.count(".") < 2:
                raise ValueError(f"numeric OID expected, like {UPTIME}")
        return oids


def fetch(options: Options, visit: Visit) -> Iterator[Fetched]:
    """One round of ``snmp:host:port``; port 161 when none is named. Rows also have uptime_s and a column for each of the oids."""
    for fetched in probing.fetch_with("snmp", ("snmp",), partial(_opened, options), options, visit):
        yield fetched if options.version == "3" else replace(fetched, read=partial(_judged, fetched.read, options, visit))


def _judged(read: Callable[[], Content], options: Options, visit: Visit) -> Content:
    """Version 2c says nothing to a wrong community. So silence is "down" only where the community is known to be right: where the target
    has answered to it before, or another one does now; else it may be our fault, and nothing is known."""
    content = read()
    rows = content.data if isinstance(content.data, list) else []
    answered = Answered(visit.spool / "answered.json", f"2c {options.community}")
    answered.add(row["id"] for row in rows if row["state"] == "up")
    silent = [row for row in rows if row["detail"] == "timeout"]
    if len(silent) == len(rows) and not answered.ids:
        raise FetchError("run.snmp_silent", count=len(rows))
    for row in silent:
        if row["id"] not in answered.ids and len(silent) == len(rows):
            row["state"] = "unknown"
    return content


@asynccontextmanager
async def _opened(options: Options) -> AsyncIterator[probing.Probe]:
    """One engine for the round: making one takes a tenth of a second."""
    from pysnmp.hlapi.v3arch.asyncio import SnmpEngine

    engine = SnmpEngine()
    try:
        yield partial(_probe, options, engine)
    finally:
        engine.close_dispatcher()


async def _probe(options: Options, engine: Any, address: Address) -> Answer:
    from pysnmp.error import PySnmpError

    started = time.perf_counter()
    try:
        async with asyncio.timeout((options.answer_timeout_s + 0.5) * (options.retries_each + 1)):
            return await _ask(options, engine, address, started)
    except TimeoutError:
        return down("timeout")
    except OSError as error:
        return down(probing.why_not(error))
    except PySnmpError:
        return down("unreachable")


async def _ask(options: Options, engine: Any, address: Address, started: float) -> Answer:
    from pysnmp.hlapi.v3arch import asyncio as snmp

    there = await _reachable(address.host, address.port or DEFAULT_PORT)
    kind = snmp.Udp6TransportTarget if ":" in there[0] else snmp.UdpTransportTarget
    target = await kind.create(there, options.answer_timeout_s, options.retries_each)
    wanted = [snmp.ObjectType(snmp.ObjectIdentity(oid)) for oid in (UPTIME, *options.oids.values())]
    failed, status, _, found = await snmp.get_cmd(engine, _who(snmp, options), target, snmp.ContextData(), *wanted, lookupMib=False)
    if failed:
        return down(_why_not(failed))
    if status:
        return down(f"snmp_{status.prettyPrint()}")
    uptime, *numbers = (_plain(value) for _, value in found)
    more = dict(zip(options.oids, numbers, strict=True))
    return up_since(started, uptime_s=None if uptime is None else uptime / 100, **more)


async def _reachable(host: str, port: int) -> tuple[str, int]:
    """The target's number and port. Raises OSError when it has none, or when this machine has no way to it: pysnmp says neither."""
    (family, kind, protocol, _, there), *_ = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    with socket.socket(family, kind, protocol) as trial:
        trial.connect(there)  # sends nothing
    return str(there[0]), port


def _who(snmp: Any, options: Options) -> Any:
    if options.version == "2c":
        return snmp.CommunityData(options.community, mpModel=1)
    told: dict[str, Any] = {}
    if options.auth_password:
        told |= {"authKey": options.auth_password, "authProtocol": getattr(snmp, NAMES[options.auth_protocol])}
    if options.privacy_password:
        told |= {"privKey": options.privacy_password, "privProtocol": getattr(snmp, NAMES[options.privacy_protocol])}
    return snmp.UsmUserData(options.user, **told)


def _why_not(failed: Any) -> str:
    from pysnmp.proto import errind

    if isinstance(failed, errind.RequestTimedOut):
        return "timeout"
    return "denied" if isinstance(failed, _denials(errind)) else f"snmp_{type(failed).__name__}"


def _denials(errind: Any) -> tuple[type, ...]:
    names = (
        "UnknownUserName",
        "WrongDigest",
        "AuthenticationFailure",
        "DecryptionError",
        "UnsupportedSecurityLevel",
        "UnknownSecurityName",
    )
    return tuple(getattr(errind, name) for name in names)


def _plain(value: Any) -> Any:
    """A number or text as JSON can hold it; None for an OID that the target does not have."""
    from pysnmp.proto import rfc1905

    if isinstance(value, rfc1905.NoSuchObject | rfc1905.NoSuchInstance | rfc1905.EndOfMibView):
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        return value.prettyPrint()
