"""An authority of the tests' own, and server certificates that it signs: good, expired, for another name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Certified:
    """Files of one server certificate."""

    certificate: Path
    key: Path


class Authority:
    """Signs certificates into `folder`; `file` is what a client has to trust."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Cơ quan chứng thực thử nghiệm")
        builder = _builder(self._name, self._name, self._key.public_key(), timedelta(days=1))
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).add_extension(usage, critical=True)
        self.file = folder / "authority.pem"
        self.file.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def certify(self, name: str, *, host: str = "127.0.0.1", ends_in: timedelta = timedelta(days=30)) -> Certified:
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(host)) if host[0].isdigit() else x509.DNSName(host)])
        builder = _builder(_name(name), self._name, key.public_key(), ends_in).add_extension(names, critical=False)
        authority_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        signed = builder.add_extension(authority_key, critical=False).sign(self._key, hashes.SHA256())
        made = Certified(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        made.certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        made.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return made


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, ends_in: timedelta) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    start = min(now, now + ends_in) - timedelta(days=30)
    builder = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number(), start, now + ends_in)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
