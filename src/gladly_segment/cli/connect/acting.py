"""Connecting beside a running service, or with one of our own."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec

from gladly_segment.cli.connect.voice import Voice
from gladly_segment.cli.serve import SettingsFile
from gladly_segment.config import Settings
from gladly_segment.config.declared import from_settings
from gladly_segment.connect.decide import Keep
from gladly_segment.connect.wish import Outcome, Step, Told
from gladly_segment.connect.workspace import Bound, bind_anew, key_use
from gladly_segment.core.ids import OrganizationId
from gladly_segment.observe import configure_logs
from gladly_segment.service.beside import is_served, registering
from gladly_segment.service.clock import SystemClock
from gladly_segment.service.connecting.carrying import Connection, connect
from gladly_segment.service.run import running, stop_signal, until_stopped


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done, and how the service is to be started."""

    connection: Connection
    source: SettingsFile
    settings: Settings
    voice: Voice
    serve: bool
    config: Path | None
    data_dir: Path | None


async def act(order: Order) -> int:
    """Connect, and go on serving if that is wanted; give the exit status. Raises GladlySegmentError."""
    async with AsyncExitStack() as stack:
        tasks: Sequence[asyncio.Task[None]] | None = None
        served = is_served(order.settings.data_dir)
        if served:
            order.voice.tell(Told(Step.SERVICE, Outcome.OK, f"one works on {order.settings.data_dir}"))
        elif order.serve or not isinstance(order.connection.plan, Keep):
            tasks = await stack.enter_async_context(_service(order))
        await _connect(order)
        _say_what_is_next(order, served=served)
        if order.serve and tasks is not None:
            await until_stopped(stop_signal(), tasks)
    return 0


async def bind_of_settings(name: OrganizationId, settings: Settings) -> Told:
    """Bind anew the write key of an organization that the settings declare."""
    organization = from_settings(name, settings.organizations[name], settings)
    use = key_use(name, organization.segment)
    async with registering(settings.data_dir) as registry:
        former = await bind_anew(registry, use, SystemClock().now())
    if isinstance(former, Bound):
        return Told(Step.WRITE_KEY, Outcome.UNCHANGED, f"it is bound to {use.place} already")
    return Told(Step.WRITE_KEY, Outcome.CHANGED, f"it is bound to {use.place} from now on, which is noted")


async def _connect(order: Order) -> None:
    made = await connect(order.connection, order.settings, order.voice.tell)
    if made is not None:
        order.voice.say(f"A key was made to seal secrets with: {made}. Keep a copy of it, apart from backups.")


@asynccontextmanager
async def _service(order: Order) -> AsyncGenerator[Sequence[asyncio.Task[None]]]:
    settings = order.settings
    # Beside a conversation with a person, only what is wrong is worth a line.
    configure_logs(settings.log_format, settings.log_level if order.serve else "error")
    async with running(settings, order.voice.announce, order.source) as tasks:
        yield tasks


def _say_what_is_next(order: Order, *, served: bool) -> None:
    name = order.connection.wish.organization
    order.voice.say(
        f"\n{name} is connected. Open a conversation in Gladly: a second later its event stands in the source's "
        "Debugger.\nIf Gladly's built-in Segment app is on, switch it off: beside it every event is counted twice."
    )
    if not served and not order.serve:
        options = [("--config", order.config), ("--data-dir", order.data_dir)]
        given = "".join(f" {flag} {path}" for flag, path in options if path is not None)
        order.voice.say(
            f"Nothing takes webhooks yet. Now run:\n\n  gladly-segment serve{given}\n\nUntil it runs, Gladly tries "
            "each event again, for about an hour and a half, and then disables the webhook."
        )
