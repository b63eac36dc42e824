"""A day in an organization that passes in seconds: after each hour everybody's clock is set forward."""

import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from gladly_segment.cli.certificates import ShownCertificate
from gladly_segment.sandbox.audit import AuditReport, GladlyBooks, Recovery, audit
from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.sandbox.gladly.server import start_gladly
from gladly_segment.sandbox.segment.options import SegmentOptions
from gladly_segment.sandbox.segment.server import start_segment
from gladly_segment.sandbox.shop.customers import customer
from tests.system.past.shifted import VARIABLE, Shift
from tests.system.past.world import ORGANIZATION, PastWorld, known_to_the_service, now, served
from tests.system.world import Secrets

SHIFTED = ("-m", "tests.system.past.shifted")
HOUR = timedelta(hours=1)
HOURS = 20
"""All of them within the reach of the Events API when the day is over."""

_SKEWED = ": timestamp is not the conversation's creation"
_PAST_THE_HOUR = timedelta(minutes=1)
_LOST_SHARE = 0.15
_AT_ONCE = 1_000
_COMPRESSED = 100.0
"""The Events API is then 0.15 s behind."""


class Day:
    """Made by `day`: hours that begin at `began`, each full of conversations; nothing of the first is lost."""

    def __init__(self, world: PastWorld, shift: Shift, began: datetime, seed: int) -> None:
        self.world = world
        self.began = began
        self._shift = shift
        self._draws = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._customers = 0

    @property
    def ended(self) -> datetime:
        """The end of the last full hour."""
        return self.began + HOURS * HOUR

    async def books(self) -> tuple[GladlyBooks, AuditReport]:
        """Wait until everything has settled, and compare the books: all was to be recovered.

        A time is sent at which everybody's clock was set in between: that excuses a `timestamp` which is not right.
        """
        settled = await self.world.settled()
        books = await self.world.gladly.books()
        report = audit(books, await self.world.segment.books(), settled, recovered=Recovery())
        unfaithful = tuple(each for each in report.unfaithful if not each.detail.endswith(_SKEWED))
        return books, msgspec.structs.replace(report, unfaithful=unfaithful)

    async def play(self, *, disabled: Sequence[int] = ()) -> None:
        """Let every hour pass, with losses at random; the webhook is disabled during some of them."""
        gladly = self.world.gladly
        webhook = (await gladly.webhook())["id"]
        for hour in range(HOURS):
            # An hour of which all arrived: with it the feed begins, and what is certified.
            await gladly.deliver(lose_share=_LOST_SHARE if hour else 0)
            if hour in disabled or hour - 1 in disabled:
                await gladly.switch(webhook, enabled=hour not in disabled)
            await self._hour()
            await self.pass_to(hour + 1)
        await gladly.deliver(lose_share=0)

    async def pass_to(self, hour: int) -> None:
        """Set the clocks to shortly after an hour's beginning, once all is delivered."""
        await self.world.gladly.all_delivered()
        self._shift.set((self.began + hour * HOUR + _PAST_THE_HOUR - now()).total_seconds())

    async def told_otherwise(self, event_id: str) -> None:
        """Tell the service once more of a closing, as if it had been at another moment."""
        (event,) = [each for each in (await self.world.gladly.books()).occurrences if each.event_id == event_id]
        moment = (event.at + timedelta(milliseconds=300)).isoformat().replace("+00:00", "Z")
        content = {"customerId": event.customer_id, "conversationId": event.conversation_id}
        body = {"id": f"{event_id}-again", "type": "CONVERSATION/CLOSED", "timestamp": moment, "content": content}
        status, text = await self.world.tell(msgspec.json.encode(body))
        assert status == 200, text

    async def certified(self, since: datetime, until: datetime) -> tuple[int | None, list[ShownCertificate]]:
        """Have Gladly asked anew; give the command's exit status and what it shows."""
        span = ("--since", since.isoformat(), "--until", until.isoformat())
        said = await self.world.command("certify", *span, "--again", "--json")
        lines = [line for line in said.text.splitlines() if line.startswith("{")]
        return said.status, [msgspec.json.decode(line, type=ShownCertificate) for line in lines]

    async def _hour(self) -> None:
        play = self.world.gladly.play
        for _ in range(self._draws.randint(2, 5)):
            conversation = await play.open(await self.customer())
            if self._draws.random() < 0.8:
                await play.set_status(conversation, "CLOSED")
            if self._draws.random() < 0.2:
                await play.set_status(conversation, "OPEN")
                await play.set_status(conversation, "CLOSED")
        happening = self._draws.choice((self._merge, self._merge_two_open, self._delete))
        await happening()

    async def customer(self) -> str:
        """Somebody new."""
        self._customers += 1
        return await self.world.gladly.play.create_customer(customer(self._customers))

    async def _merge(self) -> None:
        play = self.world.gladly.play
        source, target = await self.customer(), await self.customer()
        await play.set_status(await play.open(source), "CLOSED")
        await play.merge(source, target)

    async def _merge_two_open(self) -> None:
        play = self.world.gladly.play
        source, target = await self.customer(), await self.customer()
        await play.open(source)
        staying = await play.open(target)
        await play.merge(source, target)
        await play.set_status(staying, "CLOSED")

    async def _delete(self) -> None:
        play = self.world.gladly.play
        gone = await self.customer()
        await play.set_status(await play.open(gone), "CLOSED")
        await play.delete_customer(gone)


@asynccontextmanager
async def day(folder: Path, *, seed: int, program: tuple[str, ...] = SHIFTED) -> AsyncGenerator[Day]:
    """Begin a day so many hours ago that it ends about now."""
    began = now().replace(minute=0, second=0, microsecond=0) - (HOURS + 1) * HOUR
    options = GladlyOptions(rate_limit_per_s=_AT_ONCE, time_factor=_COMPRESSED, seed=seed)
    async with shifted_world(folder, options, program=program, behind=now() - began - _PAST_THE_HOUR) as (world, shift):
        yield Day(world, shift, began, seed)


@asynccontextmanager
async def shifted_world(
    folder: Path, options: GladlyOptions, *, behind: timedelta = timedelta(), program: tuple[str, ...] = SHIFTED
) -> AsyncGenerator[tuple[PastWorld, Shift]]:
    """Start everything by one clock that can be set, and that is so far behind the machine's at first."""
    shift = Shift(folder / "shift")
    shift.set(-behind.total_seconds())
    keys = (Secrets.of(ORGANIZATION).segment_write_key,)
    async with (
        await start_gladly(known_to_the_service(options), shift.now_ns) as gladly,
        await start_segment(SegmentOptions(write_keys=keys, seed=options.seed), shift.now_s) as segment,
        served(folder, gladly.url, segment.url, program=program, variables={VARIABLE: str(folder / "shift")}) as world,
    ):
        yield world, shift
