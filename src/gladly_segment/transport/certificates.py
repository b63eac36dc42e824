"""The certificate that a listener shows, read again once its files have changed."""

import ssl
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Final

import msgspec

from gladly_segment.core.errors import SettingsError

_CERTIFICATE: Final = b"-----BEGIN CERTIFICATE-----"
_KEY: Final = b"PRIVATE KEY-----"
_ENCRYPTED: Final = b"ENCRYPTED"


class TlsFiles(msgspec.Struct, frozen=True):
    """A certificate with its chain, and its key, both in PEM."""

    certificate: Path
    key: Path

    @classmethod
    def of(cls, certificate: Path | None, key: Path | None) -> "TlsFiles | None":
        """Give both, or None where they are not set."""
        return None if certificate is None or key is None else cls(certificate, key)


class Certificates:
    """Gives the TLS context of each new connection."""

    def __init__(self, files: TlsFiles, section: str, tell: Callable[[str], None]) -> None:
        """`section` is that of the settings; `tell` is told when changed files cannot be used.

        Raises SettingsError when the first ones cannot.
        """
        self._certificate = files.certificate
        self._key = files.key
        self._certificate_setting = f"{section}.tls_cert_file"
        self._key_setting = f"{section}.tls_key_file"
        self._tell = tell
        self._seen = self._stamp()
        self._context = self._load()

    def context(self) -> ssl.SSLContext:
        """Give the context of now. While changed files cannot be used, or not yet, it is the former."""
        seen = self._stamp()
        if seen != self._seen:
            self._seen = seen
            try:
                self._context = self._load()
            except SettingsError as error:
                self._tell(error.message)
        return self._context

    def _stamp(self) -> Hashable:
        try:
            return tuple((each.stat().st_mtime_ns, each.stat().st_ino) for each in (self._certificate, self._key))
        except OSError:
            return None

    def _load(self) -> ssl.SSLContext:
        if _CERTIFICATE not in _read(self._certificate_setting, self._certificate):
            raise SettingsError(
                f"{self._certificate_setting} names {self._certificate}, which holds no certificate in PEM"
            )
        key = _read(self._key_setting, self._key)
        if _KEY not in key:
            raise SettingsError(f"{self._key_setting} names {self._key}, which holds no private key in PEM")
        if _ENCRYPTED in key:
            raise SettingsError(
                f"{self._key_setting} names {self._key}, which is encrypted",
                hint="give a key without a passphrase, readable by the service's user only",
            )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        try:
            context.load_cert_chain(self._certificate, self._key, password="")
        except ssl.SSLError as error:
            pair = f"{self._certificate_setting} {self._certificate} and {self._key_setting} {self._key}"
            reason = (error.reason or "no usable PEM").replace("_", " ").lower()
            raise SettingsError(f"{pair} do not go together: {reason}") from None
        return context


def _read(setting: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{setting} names {path}, which cannot be read: {error.strerror}") from None
