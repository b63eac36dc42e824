"""`gladly-segment certify`: what it shows, and how it ends."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from gladly_segment.core.certificate import Certificate, Difference, DifferenceKind
from gladly_segment.core.ids import ConversationId, MessageId, OrganizationId, Seq
from gladly_segment.core.occurrence import EventKind
from gladly_segment.core.past import Span
from gladly_segment.core.records import Source
from gladly_segment.journals.sqlite import SqliteJournal
from tests.support.receipts import OTHER_SHOP, SHOP
from tests.unit.cli.conftest import Command, Ended

# Its guard against a forgotten `app([])`: here the arguments are those of the process, as they shall be.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens:UserWarning")

H = timedelta(hours=1)
START: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)

TABLE = """
[organizations.{name}]
gladly_url = "http://127.0.0.1:9"
gladly_user = "api@shop.example"
gladly_token = "token"
segment_write_key = "{name}-key"
webhook_username = "gladly"
webhook_passwords = ["password"]
"""


def difference(kind: DifferenceKind, conversation: str = "c-1", **fields: object) -> Difference:
    found = Difference(
        kind=kind,
        conversation=ConversationId(conversation),
        event=EventKind.CLOSED,
        at=START + timedelta(minutes=5),
        event_id="e-1",
        seqs=(Seq(7),),
    )
    return msgspec.structs.replace(found, **fields)


def certificate(hour: int, *differences: Difference, of: OrganizationId = SHOP, **fields: object) -> Certificate:
    made = Certificate(
        organization=of,
        span=Span(START + hour * H, START + (hour + 1) * H),
        made_at=START + (hour + 1) * H,
        source=Source.EVENTS_API,
        at_gladly=10,
        in_journal=10,
        accepted=9,
        suppressed=(("customer_deleted", 1),),
        differences=differences,
        in_feed=True,
    )
    return msgspec.structs.replace(made, **fields)


class Showing:
    """The command on certificates that are there."""

    def __init__(self, service: SqliteJournal, command: Command, settings: Path) -> None:
        self._service = service
        self._command = command
        self._settings = settings

    async def __call__(self, *certificates: Certificate, json: bool = False, hours: int = 2) -> Ended:
        for each in certificates:
            await self._service.certificates.put(each)
        until = (START + hours * H).isoformat()
        more = ("--json",) if json else ()
        return await self._command(
            "certify", "--since", START.isoformat(), "--until", until, "--config", self._settings, *more
        )


@pytest.fixture
def showing(service: SqliteJournal, command: Command, tmp_path: Path) -> Showing:
    settings = tmp_path / "gladly-segment.toml"
    settings.write_text(TABLE.format(name=SHOP))
    return Showing(service, command, settings)


async def test_hours_are_shown_with_their_sums_and_together(showing: Showing) -> None:
    ended = await showing(certificate(0), certificate(1, at_gladly=2, in_journal=2, accepted=1))

    lines = [line.split() for line in ended.out.splitlines()]
    assert ["2026-03-01", "12:00", "10", "10", "9", "1", "complete", "-"] in lines
    assert ["2026-03-01", "13:00", "2", "2", "1", "1", "complete", "-"] in lines
    assert ["together", "12", "12", "10", "2", "complete", "-"] in lines
    assert ended.status == 0


async def test_it_says_what_it_does_not_prove(showing: Showing) -> None:
    ended = await showing(certificate(0), certificate(1))

    assert "It ends where Segment's 200 does; gladly-segment mirror goes on from there." in ended.out


async def test_a_long_time_is_shown_by_days(showing: Showing) -> None:
    ended = await showing(*(certificate(hour) for hour in range(49)), hours=49)

    lines = [line.split() for line in ended.out.splitlines()]
    assert ["2026-03-02", "240", "240", "216", "24", "complete", "-"] in lines


async def test_each_difference_is_listed_by_its_ids_with_how_to_ask_why(showing: Showing) -> None:
    doubled = difference(
        DifferenceKind.DOUBLED, "c-2", seqs=(Seq(3), Seq(9)), message_ids=(MessageId("gladly-a"), MessageId("gladly-b"))
    )
    parked = difference(DifferenceKind.PARKED, reason="no_user")
    ended = await showing(certificate(0, parked, doubled), certificate(1))

    assert "parked    closed  2026-03-01T12:05:00.000Z c-1 #7, no_user" in ended.out
    assert "doubled   closed  2026-03-01T12:05:00.000Z c-2 #3 #9, gladly-a gladly-b" in ended.out
    assert "gladly-segment explain c-1" in ended.out
    assert ["2026-03-01", "12:00", "10", "10", "9", "1", "incomplete", "1", "doubled,", "1", "parked"] in [
        line.split() for line in ended.out.splitlines()
    ]
    assert ended.status == 1


async def test_of_very_many_differences_the_first_are_listed(showing: Showing) -> None:
    many = [difference(DifferenceKind.PARKED, f"c-{number}") for number in range(130)]
    ended = await showing(certificate(0, *many), certificate(1))

    assert "and 30 more: --json prints all" in ended.out
    assert "c-129" not in ended.out


async def test_json_has_everything_by_id(showing: Showing) -> None:
    ended = await showing(
        certificate(0, difference(DifferenceKind.RECOVERED, reason="report")), certificate(1), json=True
    )

    first, _ = ended.documents
    assert ended.status == 0
    assert first == {
        "organization": "shop",
        "start": "2026-03-01T12:00:00.000Z",
        "end": "2026-03-01T13:00:00.000Z",
        "standing": "complete",
        "madeAt": "2026-03-01T13:00:00.000Z",
        "source": "events_api",
        "atGladly": 10,
        "inJournal": 10,
        "accepted": 9,
        "suppressed": {"customer_deleted": 1},
        "unreadable": 0,
        "calls": 0,
        "inFeed": True,
        "trouble": "",
        "differences": [
            {
                "kind": "recovered",
                "conversation": "c-1",
                "event": "closed",
                "at": "2026-03-01T12:05:00.000Z",
                "eventId": "e-1",
                "numbers": [7],
                "messageIds": [],
                "reason": "report",
            }
        ],
    }


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"ordered": True, "trouble": "answered 401"}, "Gladly could not be asked, which is tried again: answered 401"),
        ({"unreadable": 2}, "2 lines of Gladly's lists cannot be read"),
    ],
)
async def test_what_stands_in_the_way_is_said(showing: Showing, fields: dict[str, Any], what: str) -> None:
    ended = await showing(certificate(0, **fields), certificate(1))

    assert what in ended.out
    assert ended.status == 1


async def test_what_is_missing_of_a_time_before_the_feed_leads_to_the_backfill(showing: Showing) -> None:
    missing = certificate(0, difference(DifferenceKind.MISSING, seqs=()), in_feed=False)
    ended = await showing(missing, certificate(1))

    assert "gladly-segment backfill --since 2026-03-01T12:00:00.000Z --organization shop" in ended.out


async def test_organizations_are_shown_one_by_one(showing: Showing, tmp_path: Path) -> None:
    settings = tmp_path / "gladly-segment.toml"
    settings.write_text(TABLE.format(name=SHOP) + TABLE.format(name=OTHER_SHOP))
    ended = await showing(
        certificate(0), certificate(1), certificate(0, of=OTHER_SHOP), certificate(1, of=OTHER_SHOP, at_gladly=11)
    )

    assert ended.out.index("other-shop") < ended.out.index("\nshop\n")
    assert ended.status == 1


async def test_a_time_that_is_none_is_refused(command: Command) -> None:
    assert (await command("certify", "--since", "yesterday")).complaint == "'yesterday' is no time"


async def test_whoever_waits_no_longer_leaves_what_was_ordered_to_the_service(
    showing: Showing, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("gladly_segment.cli.certify.certify", interrupted)
    ended = await showing()

    assert ended.status == 130
    assert "What was ordered goes on" in ended.err
