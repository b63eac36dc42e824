"""`POST /mirror/{organization}`: signed, durable, and nothing kept but messageIds."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.mirror_signals import MirrorAnswered, MirrorTrouble
from gladly_segment.core.secret import Secret
from gladly_segment.mirrors import arrived
from gladly_segment.mirrors.file import FILE_NAME
from gladly_segment.receive import Doors
from tests.support.clock import ManualClock
from tests.support.observer import RecordingObserver
from tests.unit.receive.conftest import EASY, OTHER_SHOP, SHOP, Answer, Reception, StartReception, door

SECRET = "canary-mirror-secret"
OTHER_SECRET = "canary-other-mirror-secret"


def message_id(number: int) -> str:
    return f"gladly-{number:040x}"


def event(number: int) -> dict[str, Any]:
    """An event as Segment has it: what is more than the messageId is not for this service to keep."""
    return {"type": "track", "messageId": message_id(number), "userId": "u-1", "properties": {"email": "ann@x.example"}}


def signed(content: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-Signature": hmac.new(secret.encode(), content, hashlib.sha1).hexdigest()}


def json(value: Any) -> bytes:
    return msgspec.json.encode(value)


@pytest.fixture
async def reception(start_reception: StartReception) -> Reception:
    """One shop has a mirror, the other one has none."""
    return await start_reception(doors=mirrored())


def mirrored(**limits: float) -> Doors:
    doors = Doors()
    doors.replace({SHOP: door(EASY, mirror=Secret(SECRET), **limits), OTHER_SHOP: door(EASY)})  # type: ignore[reportArgumentType]
    return doors


async def mirror(
    reception: Reception, body: bytes, headers: Mapping[str, str], organization: str = SHOP, method: str = "POST"
) -> Answer:
    return await reception.ask(method, f"/mirror/{organization}", data=body, headers=headers)


def kept(tmp_path: Path, organization: str = SHOP) -> dict[str, int]:
    return {
        name: times for portion in arrived(tmp_path / "data", OrganizationId(organization)) for name, times in portion
    }


async def test_a_signed_event_is_kept_by_its_id_when_it_is_answered(reception: Reception, tmp_path: Path) -> None:
    body = json(event(1))

    answer = await mirror(reception, body, signed(body))

    assert (answer.status, answer.json) == (200, {"status": "arrived"})
    assert kept(tmp_path) == {message_id(1): 1}
    files = b"".join(each.read_bytes() for each in (tmp_path / "data").glob(f"{FILE_NAME}*"))
    assert b"ann@x.example" not in files
    assert message_id(1).encode() in files


async def test_what_arrives_again_is_counted(reception: Reception, tmp_path: Path) -> None:
    for number in (1, 2, 1):
        body = json(event(number))
        await mirror(reception, body, signed(body))

    assert kept(tmp_path) == {message_id(1): 2, message_id(2): 1}


@pytest.mark.parametrize("signed_part", [slice(0, 1), slice(0, 3)], ids=["the first event", "the whole"])
async def test_several_events_come_with_the_signature_of_the_first_one_or_of_all(
    reception: Reception, tmp_path: Path, signed_part: slice
) -> None:
    events = [event(1), event(2), event(1)]
    content = json(events[0]) if signed_part.stop == 1 else json(events)

    answer = await mirror(reception, json(events), signed(content))

    assert answer.status == 200
    assert kept(tmp_path) == {message_id(1): 2, message_id(2): 1}


async def test_the_messageid_alone_is_enough(reception: Reception, tmp_path: Path) -> None:
    body = b'{"messageId":"' + message_id(1).encode() + b'"}'

    assert (await mirror(reception, body, signed(body))).status == 200
    assert kept(tmp_path) == {message_id(1): 1}


async def test_what_is_not_ours_is_answered_and_not_kept(reception: Reception, tmp_path: Path) -> None:
    body = json([{"messageId": "ajs-next-1"}, {"messageId": "gladly-segment-test-00"}, event(1)])

    assert (await mirror(reception, body, signed(body))).status == 200
    assert kept(tmp_path) == {message_id(1): 1}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(b"something else"),
        signed(json(event(1)), OTHER_SECRET),
        signed(json(event(1)), ""),
        {"X-Signature": "x" * 40},
        {"X-Signature": signed(json(event(1)))["X-Signature"][:-1]},
    ],
    ids=["none", "of something else", "with another secret", "with no secret", "no hex", "cut short"],
)
async def test_what_is_not_signed_is_answered_401_and_not_kept(
    reception: Reception, tmp_path: Path, headers: dict[str, str]
) -> None:
    answer = await mirror(reception, json(event(1)), headers)

    assert (answer.status, answer.code) == (401, "not_signed")
    assert kept(tmp_path) == {}


async def test_of_several_signatures_none_counts(reception: Reception) -> None:
    body = json(event(1))
    signature = signed(body)["X-Signature"].encode()

    answer = await reception.raw(
        b"POST /mirror/shop HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n" % len(body)
        + b"X-Signature: " + signature + b"\r\nX-Signature: " + signature + b"\r\n\r\n" + body
    )  # fmt: skip

    assert answer.startswith(b"HTTP/1.1 401 ")


async def test_only_the_first_event_is_proven_by_its_signature(reception: Reception, tmp_path: Path) -> None:
    """A batch whose first event is a stranger's is refused as a whole."""
    answer = await mirror(reception, json([event(2), event(1)]), signed(json(event(1))))

    assert answer.status == 401
    assert kept(tmp_path) == {}


@pytest.mark.parametrize("organization", [OTHER_SHOP, "nobody"])
async def test_without_a_mirror_an_organization_is_as_one_that_does_not_exist(
    reception: Reception, organization: str
) -> None:
    body = json(event(1))

    for headers in ({}, signed(body), signed(body, OTHER_SECRET), signed(body, "no organization has this one")):
        answer = await mirror(reception, body, headers, organization)
        wrong = await mirror(reception, body, signed(b"something else"))

        assert (answer.status, wrong.status) == (404, 401)
        assert answer.body == wrong.body
        assert _constant(answer) == _constant(wrong)


def _constant(answer: Answer) -> Sequence[tuple[str, str]]:
    return [(name, value) for name, value in answer.headers.items() if name != "Date"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "malformed_json"),
        (b"\xff", "malformed_json"),
        (b"[" * 200_000, "no_message_id"),
        (b"[]", None),
        (b"{}", "no_message_id"),
        (b'{"messageId":7}', "no_message_id"),
        (b'[{"messageId":"a"},{}]', "no_message_id"),
        (b'"text"', "no_message_id"),
    ],
)
async def test_a_body_that_is_no_event_is_told_what_is_wrong_with_it(
    reception: Reception, body: bytes, code: str | None
) -> None:
    answer = await mirror(reception, body, signed(body))

    assert (answer.status, None if code is None else answer.code) == (200 if code is None else 400, code)


async def test_a_body_above_the_bound_is_refused(reception: Reception) -> None:
    body = json([event(number) for number in range(4_000)])

    answer = await mirror(reception, body, signed(body))

    assert (answer.status, answer.code) == (413, "body_too_large")


async def test_a_thousand_events_by_their_ids_fit(reception: Reception, tmp_path: Path) -> None:
    events = [{"messageId": message_id(number)} for number in range(1_000)]

    answer = await mirror(reception, json(events), signed(json(events[0])))

    assert answer.status == 200
    assert len(kept(tmp_path)) == 1_000


async def test_a_packed_body_is_not_unpacked(reception: Reception) -> None:
    body = json(event(1))

    answer = await mirror(reception, body, {**signed(body), "Content-Encoding": "gzip"})

    assert (answer.status, answer.code) == (415, "unknown_coding")


async def test_failures_are_throttled_and_the_right_secret_is_always_admitted(
    reception: Reception, clock: ManualClock
) -> None:
    body = json(event(1))
    statuses = [(await mirror(reception, body, signed(b"no"))).status for _ in range(21)]

    assert statuses == [401] * 20 + [429]
    assert (await mirror(reception, body, signed(body))).status == 200
    assert (await reception.post(auth=("gladly", "wrong"))).status == 429, "failures count for all doors"


async def test_what_comes_to_the_mirror_takes_nothing_of_what_webhooks_may(start_reception: StartReception) -> None:
    reception = await start_reception(doors=mirrored(webhooks_per_s=1.0))
    body = json(event(1))

    statuses = [(await mirror(reception, body, signed(body))).status for _ in range(11)]

    assert statuses == [200] * 10 + [429]
    assert (await reception.post(b'{"type":"PING"}')).status == 200


async def test_what_cannot_be_kept_is_not_acknowledged(
    reception: Reception, observer: RecordingObserver, tmp_path: Path
) -> None:
    (tmp_path / "data" / FILE_NAME).mkdir()
    body = json(event(1))

    answer = await mirror(reception, body, signed(body))

    assert (answer.status, answer.code) == (503, "not_durable")
    [trouble] = observer.of(MirrorTrouble)
    assert FILE_NAME in trouble.detail


async def test_requests_are_told_without_naming_who_is_not_known(
    reception: Reception, observer: RecordingObserver
) -> None:
    body = json(event(1))
    await mirror(reception, body, signed(body))
    await mirror(reception, body, {}, "nobody")

    assert observer.of(MirrorAnswered) == [MirrorAnswered(SHOP, 200), MirrorAnswered(None, 404)]


async def test_only_post_is_taken(reception: Reception) -> None:
    answer = await mirror(reception, b"", {}, method="GET")

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
