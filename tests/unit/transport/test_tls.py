"""HTTPS without a proxy: who may speak it, what is shown, and how a certificate is renewed."""

import asyncio
import os
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from gladly_segment.core.errors import SettingsError
from gladly_segment.core.signals import SettingsTrouble, TurnedAway, TurnedAwayFor
from gladly_segment.transport.certificates import Certificates, TlsFiles
from gladly_segment.transport.listener import Bounds
from tests.support.certificates import write_certificate
from tests.support.observer import RecordingObserver
from tests.unit.transport.place import LAST_GET, OpenPlace, client


def replace(path: Path, other: Path) -> None:
    """Put another file in a file's place, as those who renew certificates do."""
    os.replace(other, path)  # noqa: PTH105


async def test_https_is_spoken_with_the_certificate(open_place: OpenPlace, files: TlsFiles) -> None:
    place = await open_place(tls=files)

    assert place.url.startswith("https://127.0.0.1:")
    reader, _ = await place.connect(LAST_GET, context=client(files.certificate))
    assert (await reader.read()).startswith(b"HTTP/1.1 200 ")


def test_without_both_files_there_are_none(files: TlsFiles) -> None:
    assert TlsFiles.of(None, None) is None
    assert TlsFiles.of(files.certificate, files.key) == files


async def test_many_connections_at_once_are_encrypted(open_place: OpenPlace, files: TlsFiles) -> None:
    place = await open_place(tls=files)

    assert await asyncio.gather(*(place.shown() for _ in range(40))) == ["CN=first"] * 40


@pytest.mark.parametrize(
    "sent",
    [LAST_GET, b"", b"\x16\x03\x01\x00\x05hello", b"\x00" * 5000, b"\x16\x03\x01\xff\xff" + b"\xff" * 70_000],
    ids=["http", "nothing", "no hello", "zeros", "too long"],
)
async def test_what_is_no_tls_gets_no_http_and_hurts_nobody(
    open_place: OpenPlace, files: TlsFiles, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    place = await open_place(tls=files)

    reader, writer = await place.connect()
    with suppress(ConnectionError):
        writer.write(sent)
        writer.write_eof()
        assert not (await reader.read()).startswith(b"HTTP")
    writer.close()

    assert await place.shown() == "CN=first"
    assert caplog.records == []


async def test_a_version_of_tls_that_is_too_old_is_refused(open_place: OpenPlace, files: TlsFiles) -> None:
    place = await open_place(tls=files)
    old = client()
    with pytest.warns(DeprecationWarning, match="TLSVersion"):
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")

    with pytest.raises((ssl.SSLError, ConnectionError)):
        await place.connect(context=old)


async def test_a_renewed_certificate_is_shown_to_new_connections(
    open_place: OpenPlace, files: TlsFiles, tmp_path: Path
) -> None:
    place = await open_place(tls=files)
    assert await place.shown() == "CN=first"
    certificate, key = write_certificate(tmp_path / "renewed", "second")

    replace(files.certificate, certificate)
    replace(files.key, key)

    assert await place.shown() == "CN=second"


async def test_while_a_renewal_is_half_done_the_former_certificate_is_shown_and_that_is_told(
    open_place: OpenPlace, files: TlsFiles, tmp_path: Path, observer: RecordingObserver
) -> None:
    place = await open_place(tls=files)
    certificate, key = write_certificate(tmp_path / "renewed", "second")

    replace(files.certificate, certificate)
    between = [await place.shown() for _ in range(3)]
    replace(files.key, key)

    assert between == ["CN=first"] * 3
    assert await place.shown() == "CN=second"
    (told,) = observer.of(SettingsTrouble)
    assert told.detail == (
        f"its.tls_cert_file {files.certificate} and its.tls_key_file {files.key} do not go together: "
        "key values mismatch"
    )


async def test_when_the_files_vanish_the_former_certificate_stays(
    open_place: OpenPlace, files: TlsFiles, observer: RecordingObserver
) -> None:
    place = await open_place(tls=files)

    files.key.unlink()

    assert [await place.shown() for _ in range(2)] == ["CN=first"] * 2
    assert len(observer.of(SettingsTrouble)) == 1


async def test_handshakes_that_do_not_end_are_counted_as_connections(
    open_place: OpenPlace, files: TlsFiles, observer: RecordingObserver
) -> None:
    place = await open_place(tls=files, bounds=Bounds(connections=3))
    silent = [await place.connect() for _ in range(3)]

    # The one that has kept its place longest for nothing makes room.
    assert await place.shown() == "CN=first"

    assert await silent[0][0].read() == b""
    assert observer.of(TurnedAway) == [TurnedAway(TurnedAwayFor.CONNECTIONS)]
    for _, writer in silent:
        writer.close()


async def test_handshakes_that_fail_leave_their_places(
    open_place: OpenPlace, files: TlsFiles, observer: RecordingObserver
) -> None:
    place = await open_place(tls=files, bounds=Bounds(connections=2))

    for _ in range(5):
        reader, writer = await place.connect()
        writer.write(LAST_GET)
        with suppress(ConnectionError):
            await reader.read()
        writer.close()
        assert await place.shown() == "CN=first"

    assert observer.of(TurnedAway) == []


async def test_a_handshake_that_does_not_end_in_time_is_given_up(
    open_place: OpenPlace, files: TlsFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gladly_segment.transport.listener._HANDSHAKE_WITHIN_S", 0.02)
    place = await open_place(tls=files)

    reader, writer = await place.connect()

    assert await reader.read() == b""
    writer.close()


async def test_stopping_ends_handshakes_too(
    open_place: OpenPlace, files: TlsFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gladly_segment.transport.listener._HANDSHAKE_WITHIN_S", 1_000.0)
    place = await open_place(tls=files)
    reader, writer = await place.connect()
    await place.shown()

    await place.listener.close()

    assert await reader.read() == b""
    writer.close()


def _missing(files: TlsFiles) -> None:
    files.certificate.unlink()


def _key_missing(files: TlsFiles) -> None:
    files.key.unlink()


def _exchanged(files: TlsFiles) -> None:
    certificate, key = files.certificate.read_bytes(), files.key.read_bytes()
    files.certificate.write_bytes(key)
    files.key.write_bytes(certificate)


def _no_certificate(files: TlsFiles) -> None:
    files.certificate.write_text("canary")


def _no_key(files: TlsFiles) -> None:
    files.key.write_text("canary")


def _of_another(files: TlsFiles) -> None:
    write_certificate(files.key.parent, "other")[1].rename(files.key)


def _garbled(files: TlsFiles) -> None:
    files.certificate.write_bytes(files.certificate.read_bytes().replace(b"M", b"canary"))


def _encrypted(files: TlsFiles) -> None:
    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"canary"),
        )
    )


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_missing, "its.tls_cert_file names {certificate}, which cannot be read: No such file or directory"),
        (_key_missing, "its.tls_key_file names {key}, which cannot be read: No such file or directory"),
        (_exchanged, "its.tls_cert_file names {certificate}, which holds no certificate in PEM"),
        (_no_certificate, "its.tls_cert_file names {certificate}, which holds no certificate in PEM"),
        (_no_key, "its.tls_key_file names {key}, which holds no private key in PEM"),
        (_encrypted, "its.tls_key_file names {key}, which is encrypted"),
        (
            _of_another,
            "its.tls_cert_file {certificate} and its.tls_key_file {key} do not go together: key values mismatch",
        ),
        (_garbled, "its.tls_cert_file {certificate} and its.tls_key_file {key} do not go together: "),
    ],
)
def test_files_that_cannot_be_used_are_told_in_one_sentence(
    files: TlsFiles, spoil: Callable[[TlsFiles], None], told: str
) -> None:
    spoil(files)

    with pytest.raises(SettingsError) as error:
        Certificates(files, "its", lambda _: None)

    assert error.value.message.startswith(told.format(certificate=files.certificate, key=files.key))
    assert "canary" not in error.value.message
