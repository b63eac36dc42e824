"""The service as it is run: by https without a proxy, and when it stops."""

import os
import signal
import ssl
from pathlib import Path

import pytest

from tests.security.judge import statuses
from tests.security.place import Place, read_all, serving
from tests.security.wire import EVENT, post
from tests.support.certificates import write_certificate
from tests.system.programs import MODULE

READYZ = post(b"", method=b"GET", target=b"/readyz", proofs=[])


def encrypted(place: Place, request: bytes) -> tuple[bytes, bytes]:
    """The answer by https, and the certificate that was shown."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with place.connect() as plain, context.wrap_socket(plain) as stranger:
        stranger.sendall(request)
        shown = stranger.getpeercert(binary_form=True)
        assert shown is not None
        return read_all(stranger), shown


def test_by_https_right_requests_are_taken_and_a_renewed_certificate_is_shown(tmp_path: Path) -> None:
    certificate, private = write_certificate(tmp_path, "first")
    tls = [f'tls_cert_file = "{certificate}"', f'tls_key_file = "{private}"']
    with serving(tmp_path, server=tls) as place:
        answer, first = encrypted(place, post(EVENT))
        for old, new in zip((certificate, private), write_certificate(tmp_path, "second"), strict=True):
            os.replace(new, old)  # noqa: PTH105
        refused, second = encrypted(place, post(EVENT, proofs=[]))

        assert place.url.startswith("https://")
        assert b'{"status":"new"}' in answer
        assert statuses(refused) == [401]
        assert first != second
        assert place.send(post(EVENT)) == b""
        assert "Traceback" not in place.logged_since(0)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (['tls_cert_file = "nowhere.crt"'], "tls_cert_file and tls_key_file go together, and one of them is missing"),
        (['tls_key_file = "nowhere.key"'], "tls_cert_file and tls_key_file go together, and one of them is missing"),
        (['tls_cert_file = "/nowhere/x.crt"', 'tls_key_file = "/nowhere/x.key"'], "which cannot be read: No such file"),
    ],
)
def test_a_service_without_a_usable_certificate_does_not_start(tmp_path: Path, lines: list[str], told: str) -> None:
    with pytest.raises(AssertionError, match=told), serving(tmp_path, MODULE, server=lines):
        pass


def test_when_it_stops_it_says_so_first_and_takes_webhooks_meanwhile(tmp_path: Path) -> None:
    with serving(tmp_path, server=["drain_notice_s = 60"]) as place:
        assert statuses(place.send(READYZ)) == [200]

        place.process.send_signal(signal.SIGTERM)
        while statuses(answer := place.send(READYZ)) == [200]:
            pass

        assert statuses(answer) == [503]
        assert b'"code":"draining"' in answer
        assert b'{"status":"new"}' in place.send(post(EVENT))


def test_without_notice_it_stops_at_once(tmp_path: Path) -> None:
    with serving(tmp_path) as place:
        place.process.send_signal(signal.SIGTERM)

        assert place.process.wait(30) == 0
        with pytest.raises(ConnectionError):
            place.connect()
