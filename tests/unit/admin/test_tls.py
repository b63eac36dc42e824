"""https without a proxy."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from gladly_segment.admin import Admin
from gladly_segment.core.errors import SettingsError
from gladly_segment.core.signals import SettingsTrouble
from gladly_segment.transport.certificates import TlsFiles
from tests.support.certificates import write_certificate
from tests.support.clock import ManualClock
from tests.support.observer import RecordingObserver
from tests.unit.admin.conftest import FROM_PAGE, OF_TOKEN, TOKEN, Desk, WatchedService


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    return TlsFiles(*write_certificate(tmp_path))


@pytest.fixture
async def secure_desk(
    files: TlsFiles, service: WatchedService, clock: ManualClock, observer: RecordingObserver
) -> AsyncIterator[Desk]:
    admin = Admin(service, OF_TOKEN, clock=clock, observer=observer, tls=files)
    url = await admin.start("127.0.0.1", 0)
    trusting = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=str(files.certificate)), force_close=True)
    async with aiohttp.ClientSession(connector=trusting, cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Desk(admin, url, http)
    await admin.stop()


async def test_with_a_certificate_it_speaks_https_and_the_cookie_never_leaves_it(secure_desk: Desk) -> None:
    signed_in = await secure_desk.sign_in()

    assert secure_desk.url.startswith("https://")
    assert "Secure" in signed_in.headers["Set-Cookie"]
    assert (await secure_desk.get("/openapi.json", signed_in.session)).status == 200


async def test_an_origin_without_https_is_another_one(secure_desk: Desk) -> None:
    there = {"Origin": secure_desk.url.replace("https", "http")}

    answer = await secure_desk.post("/login", there, token=TOKEN)

    assert (answer.status, answer.code) == (403, "not_from_here")
    assert (await secure_desk.post("/login", {"Origin": secure_desk.url}, token=TOKEN)).location == "/"
    assert (await secure_desk.post("/login", FROM_PAGE, token=TOKEN)).location == "/"


async def test_without_encryption_nobody_is_answered_there(secure_desk: Desk) -> None:
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientError):
            await http.get(secure_desk.url.replace("https", "http"))


async def test_a_renewed_certificate_needs_no_restart(secure_desk: Desk, files: TlsFiles, tmp_path: Path) -> None:
    assert (await secure_desk.get("/healthz")).status == 200
    certificate, key = write_certificate(tmp_path / "renewed")
    certificate.replace(files.certificate)
    key.replace(files.key)

    # The client trusts the former one alone.
    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        await secure_desk.get("/healthz")


async def test_files_that_cannot_be_used_any_more_are_told_with_their_setting(
    secure_desk: Desk, files: TlsFiles, observer: RecordingObserver
) -> None:
    files.key.unlink()

    assert (await secure_desk.get("/healthz")).status == 200
    (told,) = observer.of(SettingsTrouble)
    assert told.detail == f"admin.tls_key_file names {files.key}, which cannot be read: No such file or directory"


async def test_files_that_cannot_be_used_are_told_with_their_setting(
    files: TlsFiles, service: WatchedService, clock: ManualClock, observer: RecordingObserver
) -> None:
    files.certificate.unlink()

    with pytest.raises(SettingsError, match=r"^admin\.tls_cert_file names .*cannot be read: No such file"):
        Admin(service, OF_TOKEN, clock=clock, observer=observer, tls=files)
