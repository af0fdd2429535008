"""The local certificate authority and the certificates made of it, renewed by the clock before they expire."""

import contextlib
import ipaddress
import os
import ssl
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from orrery.wire.instant import DAY

ZONES = ("localhost", "localhost.localstack.cloud", "localhost.orrery.cloud")
"""Names that lead to loopback, with everything below them."""

ADDRESSES = ("127.0.0.1", "::1")
EVERYWHERE = ("0.0.0.0", "::")
"""What is listened on but is nobody's name."""

AUTHORITY_DAYS = 3650
LEAF_DAYS = 397
RENEW_DAYS = 30
SKEW_DAYS = 2
"""Certificates are valid from so long before they are made: clients' clocks differ."""

NAMED = 512
"""How many certificates for single names are kept ready."""

_PRIVATE = stat.S_IRUSR | stat.S_IWUSR


class TlsFilesDamaged(Exception):
    """The authority's files can not be read; making new ones would silently break the trust put in the old."""


class Certificates:
    """Server certificates of one cloud, from an authority of its own.

    `directory` (made with mode 0700) keeps `ca.pem` and `ca.key`, mode 0600; None keeps nothing, for clouds in
    memory. `now` gives host time in ms: certificates are checked by clients' clocks, not by virtual time. `names`
    are further host names or addresses to be served, where one listens among them; `*.example.test` means everything
    below `example.test`.

    A handshake that names a host of ours in any depth (`bucket.s3.us-east-1.localhost`) gets a certificate for
    exactly that name, made on the spot in under a millisecond, because wildcards cover one label only and many
    verifiers refuse them below a top-level name. Certificates are kept in memory and made anew when a month is left.
    """

    def __init__(
        self,
        directory: Path | None,
        now: Callable[[], int],
        names: Iterable[str] = (),
        authority: tuple[bytes, bytes] | None = None,
    ) -> None:
        """`authority` is another's, whose certificates these shall be (`pair`); nothing is kept then."""
        self._directory = None if authority is not None else directory
        self._now = now
        hosts: list[str] = []
        self._addresses = list(ADDRESSES)
        for name in names:
            if name in EVERYWHERE:
                continue
            (self._addresses if _is_address(name) else hosts).append(name.lower().rstrip("."))
        self._zones = (*ZONES, *(host[2:] for host in hosts if host.startswith("*.")))
        self._hosts = tuple(host for host in hosts if not host.startswith("*."))
        found = self._load() if authority is None else _read_pair(*authority)
        self._authority_key, self._authority = found or self._found()
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._named: dict[str, ssl.SSLContext] = {}
        self._renew_at = 0
        self._default = self._issue()

    @property
    def authority_pem(self) -> bytes:
        """The authority's certificate, for clients' trust stores."""
        return self._authority.public_bytes(serialization.Encoding.PEM)

    @property
    def pair(self) -> tuple[bytes, bytes]:
        """The authority's key and certificate, for the other processes of the same cloud."""
        return _key_pem(self._authority_key), self.authority_pem

    @property
    def authority_path(self) -> Path | None:
        """Where the authority's certificate is kept."""
        return None if self._directory is None else self._directory / "ca.pem"

    def context(self) -> ssl.SSLContext:
        """The context for a new connection; with fresh certificates when the old ones come to their end."""
        if self._now() >= self._renew_at:
            self._default = self._issue()
        return self._default

    def context_for(self, name: str) -> ssl.SSLContext:
        """The context with a certificate for the host that a handshake names; the default one for foreign names."""
        host = name.lower().rstrip(".")
        context = self._named.get(host)
        if context is not None:
            return context
        if not self._ours(host) or len(self._named) >= NAMED:
            return self._default
        context = self._context([x509.DNSName(host)])
        self._named[host] = context
        return context

    def _ours(self, host: str) -> bool:
        if len(host) > 253 or not all(0 < len(label) <= 63 for label in host.split(".")) or not host.isascii():
            return False
        return host in self._hosts or any(host == zone or host.endswith(f".{zone}") for zone in self._zones)

    def _issue(self) -> ssl.SSLContext:
        """New certificates: all kept ones are forgotten."""
        if self._expires_within(self._authority, RENEW_DAYS):
            self._authority_key, self._authority = self._found()
        self._named.clear()
        names: list[x509.GeneralName] = []
        for zone in self._zones:
            names += [x509.DNSName(zone), x509.DNSName(f"*.{zone}")]
        names += [x509.DNSName(host) for host in self._hosts]
        names += [x509.IPAddress(ipaddress.ip_address(address)) for address in self._addresses]
        context = self._context(names)
        context.sni_callback = self._choose
        self._renew_at = self._now() + (LEAF_DAYS - RENEW_DAYS) * DAY
        return context

    def _choose(self, connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        if name:
            connection.context = self.context_for(name)

    def _context(self, names: list[x509.GeneralName]) -> ssl.SSLContext:
        """A server's context with a certificate for `names`."""
        leaf = self._sign(names)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
        context.set_alpn_protocols(["http/1.1"])
        pem = leaf.public_bytes(serialization.Encoding.PEM) + self.authority_pem + _key_pem(self._key)
        _load_chain(context, pem)
        return context

    def _sign(self, names: list[x509.GeneralName]) -> x509.Certificate:
        first = next((str(name.value) for name in names if isinstance(name, x509.DNSName)), "localhost")
        common = first if len(first) <= 64 else "orrery"
        return (
            self._builder(common, self._authority.subject, LEAF_DAYS)
            .public_key(self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._authority_key.public_key()),
                critical=False,
            )
            .sign(self._authority_key, hashes.SHA256())
        )

    def _found(self) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        """Make an authority and keep it."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Orrery"),
                x509.NameAttribute(NameOID.COMMON_NAME, f"Orrery local authority {self._now() // 1000:x}"),
            ]
        )
        authority = (
            self._builder(None, name, AUTHORITY_DAYS)
            .subject_name(name)
            .public_key(key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        if self._directory is not None:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            _keep(self._directory / "ca.key", _key_pem(key))
            _keep(self._directory / "ca.pem", authority.public_bytes(serialization.Encoding.PEM))
        return key, authority

    def _load(self) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate] | None:
        """The authority kept in the directory; None when there is none yet."""
        if self._directory is None:
            return None
        key_path, path = self._directory / "ca.key", self._directory / "ca.pem"
        if not (key_path.exists() and path.exists()):
            return None
        key_path.chmod(_PRIVATE)
        try:
            return _read_pair(key_path.read_bytes(), path.read_bytes())
        except ValueError as error:
            raise TlsFilesDamaged(
                f"{key_path} and {path} can not be read: {error}. Remove both to get new ones."
            ) from error

    def _builder(self, common: str | None, issuer: x509.Name, days: int) -> x509.CertificateBuilder:
        now = datetime.fromtimestamp(self._now() // 1000, UTC)
        builder = (
            x509.CertificateBuilder()
            .issuer_name(issuer)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=SKEW_DAYS))
            .not_valid_after(now + timedelta(days=days - SKEW_DAYS))
        )
        if common is None:
            return builder
        return builder.subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)]))

    def _expires_within(self, certificate: x509.Certificate, days: int) -> bool:
        return certificate.not_valid_after_utc.timestamp() * 1000 < self._now() + days * DAY


def _usage(**given: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: given.get(name, False) for name in names})


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _read_pair(key_pem: bytes, pem: bytes) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """A key and its certificate. Raises ValueError for what is none, or not each other's."""
    key = serialization.load_pem_private_key(key_pem, None)
    authority = x509.load_pem_x509_certificate(pem)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != authority.public_key():
        raise ValueError("the key is not the certificate's")
    return key, authority


def _keep(path: Path, content: bytes) -> None:
    """Write a private file as a whole or not at all."""
    partial = path.with_name(f"{path.name}.partial")
    with contextlib.suppress(FileNotFoundError):
        partial.unlink()
    fd = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE)
    with os.fdopen(fd, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _load_chain(context: ssl.SSLContext, pem: bytes) -> None:
    """Give a context its certificate and key, which the ssl module takes from files only: one in memory where the
    system has such, else a private temporary one."""
    if sys.platform == "linux":
        fd = os.memfd_create("orrery-tls", os.MFD_CLOEXEC)
        try:
            with os.fdopen(fd, "wb", closefd=False) as file:
                file.write(pem)
            context.load_cert_chain(f"/proc/self/fd/{fd}")
        finally:
            os.close(fd)
    else:
        with tempfile.NamedTemporaryFile() as temporary:
            temporary.write(pem)
            temporary.flush()
            context.load_cert_chain(temporary.name)


def below(names: Iterable[str]) -> list[str]:
    """Names as `Certificates` takes them, with everything below those that are no addresses: buckets and services."""
    return [name if _is_address(name) else f"*.{name.removeprefix('*.')}" for name in names]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
