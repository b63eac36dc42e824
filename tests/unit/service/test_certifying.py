"""Certificates on demand: of which spans, ordered from a service, or made without one."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from gladly_segment.config import Settings, load_settings
from gladly_segment.core.certificate import Certificate, Standing, by_hours
from gladly_segment.core.errors import InputError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.past import Span
from gladly_segment.core.records import Source
from gladly_segment.journals.sqlite import SqliteJournal, open_journal, open_registry
from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.sandbox.gladly.server import start_gladly
from gladly_segment.service.certifying import Progress, Wish, certify, order, spans_of
from tests.support.clock import START, ManualClock
from tests.support.receipts import SHOP

H, M, S = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
NOW = datetime.now(UTC)  # noqa: TID251 - what is asked is asked now
THIS_HOUR = NOW.replace(minute=0, second=0, microsecond=0)

TABLE = """
[organizations.shop]
gladly_url = "{url}"
gladly_user = "{user}"
gladly_token = "{token}"
segment_write_key = "key"
webhook_username = "gladly"
webhook_passwords = ["password"]
"""


def settings(directory: Path, url: str = "http://127.0.0.1:9", options: GladlyOptions | None = None) -> Settings:
    """Of one organization, whose Gladly nobody answers for unless told otherwise."""
    path = directory / "gladly-segment.toml"
    user, token = ("api@x.example", "t") if options is None else (options.user, options.token)
    path.write_text(f'data_dir = "{directory / "data"}"\n' + TABLE.format(url=url, user=user, token=token))
    return load_settings(path)


def certificate(span: Span, **fields: object) -> Certificate:
    made = Certificate(
        organization=SHOP,
        span=span,
        made_at=span.end + 10 * M,
        source=Source.EVENTS_API,
        at_gladly=3,
        in_journal=3,
        accepted=3,
        in_feed=True,
    )
    return msgspec.structs.replace(made, **fields)


class Waits:
    """Hears what is awaited."""

    def __init__(self) -> None:
        self._heard: asyncio.Future[Progress] = asyncio.get_running_loop().create_future()

    def __call__(self, progress: Progress) -> None:
        if not self._heard.done():
            self._heard.set_result(progress)

    async def heard(self) -> Progress:
        """Wait for the first of it."""
        async with asyncio.timeout(30):
            return await self._heard


def silent(_: Progress) -> None:
    """Nobody listens."""


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    opened = await open_journal(tmp_path / "data", ManualClock())
    yield opened
    await opened.close()


@pytest.mark.parametrize(
    ("since", "until", "again", "expected"),
    [
        (START, None, False, (START, START + 2 * H)),
        (START + 20 * M, START + 70 * M, False, (START, START + 2 * H)),
        (START, START + H, False, (START, START + H)),
        (START, START + 100 * H, False, (START, START + 2 * H)),
        (START, None, True, (START, START + 3 * H + 5 * M - 20 * S)),
        (START, START + 61 * M, True, (START, START + 2 * H)),
    ],
    ids=["to now", "whole hours", "until an hour", "not the future", "a moment ago", "again, whole hours"],
)
def test_spans_are_whole_hours_that_have_ended_and_up_to_a_moment_ago_when_asked_anew(
    since: datetime, until: datetime | None, *, again: bool, expected: tuple[datetime, datetime]
) -> None:
    spans = spans_of(Wish(since=since, until=until, again=again), START + 3 * H + 5 * M)

    assert spans == by_hours(Span(*expected))


@pytest.mark.parametrize(
    ("since", "what"),
    [(START + 5 * H, "no hour of that time has ended"), (START - timedelta(days=2_000), "more than three years")],
)
def test_a_time_of_which_there_is_no_certificate_is_refused_with_what_to_do(since: datetime, what: str) -> None:
    with pytest.raises(InputError, match=what) as refused:
        spans_of(Wish(since=since), START + 4 * H)

    assert refused.value.hint


async def test_what_has_no_certificate_is_ordered(journal: SqliteJournal) -> None:
    first, second = by_hours(Span(START, START + 2 * H))
    await journal.certificates.put(certificate(first))

    assert await order(journal.certificates, SHOP, [first, second], START + 9 * H, again=False) == 1

    kept = await journal.certificates.certificates(SHOP, START, START + 9 * H)
    assert [each.standing for each in kept] == [Standing.COMPLETE, Standing.ORDERED]


async def test_what_is_wanted_anew_keeps_its_figures_until_it_is_made(journal: SqliteJournal) -> None:
    (span,) = by_hours(Span(START, START + H))
    await journal.certificates.put(certificate(span, trouble="answered 503"))

    assert await order(journal.certificates, SHOP, [span], START + 9 * H, again=True) == 1

    (kept,) = await journal.certificates.certificates(SHOP, START, START + 9 * H)
    assert kept == certificate(span, ordered=True)


async def test_a_service_is_waited_for(tmp_path: Path, journal: SqliteJournal) -> None:
    span = Span(THIS_HOUR - 3 * H, THIS_HOUR - 2 * H)
    waits = Waits()
    asking = asyncio.create_task(certify(settings(tmp_path), Wish(since=span.start, until=span.end), waits))
    assert await waits.heard() == Progress(ordered=1, waiting=0)
    await journal.certificates.put(certificate(span))

    assert await asking == [certificate(span)]


async def test_a_service_that_cannot_ask_gladly_is_not_waited_for(tmp_path: Path, journal: SqliteJournal) -> None:
    span = Span(THIS_HOUR - 3 * H, THIS_HOUR - 2 * H)
    waits = Waits()
    asking = asyncio.create_task(certify(settings(tmp_path), Wish(since=span.start, until=span.end), waits))
    await waits.heard()
    await journal.certificates.put(certificate(span, ordered=True, trouble="answered 401"))

    assert [each.trouble for each in await asking] == ["answered 401"]


async def test_what_is_certified_already_is_shown_without_asking_anybody(
    tmp_path: Path, journal: SqliteJournal
) -> None:
    span = Span(THIS_HOUR - 3 * H, THIS_HOUR - 2 * H)
    await journal.certificates.put(certificate(span))

    assert await certify(settings(tmp_path), Wish(since=span.start, until=span.end), silent) == [certificate(span)]


async def test_without_a_service_gladly_is_asked_by_the_command(tmp_path: Path, journal: SqliteJournal) -> None:
    await journal.close()
    options = GladlyOptions()
    async with await start_gladly(options) as gladly:
        found = await certify(settings(tmp_path, gladly.url, options), Wish(since=NOW - 3 * H, again=True), silent)

    assert {each.standing for each in found} == {Standing.COMPLETE}
    assert [each.span for each in found] == by_hours(Span(found[0].span.start, found[-1].span.end))
    assert len(found) >= 3


async def test_without_a_service_and_without_gladly_the_reason_is_told(tmp_path: Path, journal: SqliteJournal) -> None:
    await journal.close()

    found = await certify(settings(tmp_path), Wish(since=NOW - 3 * H, again=True), silent)

    assert {each.standing for each in found} == {Standing.ORDERED}
    assert all(each.trouble for each in found)


async def test_where_there_is_no_journal_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no journal in"):
        await certify(settings(tmp_path), Wish(since=NOW - 3 * H), silent)


async def test_an_organization_that_there_is_not_is_said_with_those_that_there_are(
    tmp_path: Path, journal: SqliteJournal
) -> None:
    wish = Wish(organization=OrganizationId("shoppe"), since=NOW - 3 * H)

    with pytest.raises(InputError, match="there is no organization shoppe") as refused:
        await certify(settings(tmp_path), wish, silent)

    assert refused.value.hint == "known are: shop"


async def test_a_paused_organization_is_not_asked_for(tmp_path: Path, journal: SqliteJournal) -> None:
    async with open_registry(tmp_path / "data") as registry:
        await registry.pause(SHOP, paused=True)

    with pytest.raises(InputError, match="shop is paused"):
        await certify(settings(tmp_path), Wish(organization=SHOP, since=NOW - 3 * H, again=True), silent)
    assert await certify(settings(tmp_path), Wish(since=NOW - 3 * H), silent) == []
