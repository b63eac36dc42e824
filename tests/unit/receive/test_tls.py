"""HTTPS without a proxy."""

from pathlib import Path

import aiohttp
import pytest

from gladly_segment.core.errors import SettingsError
from gladly_segment.transport.certificates import TlsFiles
from tests.support.certificates import write_certificate
from tests.unit.receive.conftest import CLOSED, PASSWORD, USERNAME, StartReception
from tests.unit.transport.place import client


async def test_webhooks_are_taken_by_https(start_reception: StartReception, tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path / "tls")
    reception = await start_reception(tls=TlsFiles(certificate, key))

    answer = await reception.ask(
        "POST",
        "/webhooks/shop",
        data=CLOSED,
        ssl=client(certificate),
        headers={"Authorization": aiohttp.encode_basic_auth(USERNAME, PASSWORD)},
    )

    assert reception.url.startswith("https://127.0.0.1:")
    assert answer.json == {"status": "new"}


async def test_files_that_cannot_be_used_are_told_with_their_setting(
    start_reception: StartReception, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=r"^server\.tls_cert_file names "):
        await start_reception(tls=TlsFiles(tmp_path / "a.crt", tmp_path / "a.key"))
