"""`gladly-segment sandbox gladly|segment`: the vendors, played on this machine."""

import asyncio
import signal
from collections.abc import Awaitable
from typing import Annotated, Final, Literal, Protocol, TypeAlias

from cyclopts import App, Parameter, validators

from gladly_segment.cli.loop import run
from gladly_segment.cli.ready import announce
from gladly_segment.core.errors import InputError
from gladly_segment.sandbox.gladly.options import GladlyOptions
from gladly_segment.sandbox.gladly.server import start_gladly
from gladly_segment.sandbox.segment.options import SegmentOptions
from gladly_segment.sandbox.segment.server import start_segment

Port: TypeAlias = Annotated[int, Parameter(validator=validators.Number(gte=0, lte=65_535))]
Rate: TypeAlias = Annotated[int, Parameter(validator=validators.Number(gte=1))]
Factor: TypeAlias = Annotated[float, Parameter(validator=validators.Number(gt=0))]

_DEFAULTS: Final = GladlyOptions()

sandbox_app = App(help="Start a simulator of Gladly or Segment, to try things out against.")


class _Sandbox(Protocol):
    @property
    def url(self) -> str: ...

    async def stop(self) -> None: ...


@sandbox_app.command
def gladly(
    *,
    port: Port = 0,
    user: str = _DEFAULTS.user,
    token: str = _DEFAULTS.token,
    rate_limit_per_s: Rate = _DEFAULTS.rate_limit_per_s,
    time_factor: Factor = _DEFAULTS.time_factor,
    seed: int = 0,
) -> None:
    """Play one Gladly organization: its API under /api/v1, webhooks, and /control for scenarios.

    Parameters
    ----------
    port
        Port to listen on; 0 takes a free one, printed as one line of JSON.
    user
        E-mail address that the API takes.
    token
        API token that the API takes.
    rate_limit_per_s
        Requests per second and HTTP method.
    time_factor
        How many times faster than at Gladly the waits pass.
    seed
        Where ids and faults are drawn from.
    """
    options = GladlyOptions(
        port=port, user=user, token=token, rate_limit_per_s=rate_limit_per_s, time_factor=time_factor, seed=seed
    )
    run(_play(start_gladly(options)))


@sandbox_app.command
def segment(
    *,
    port: Port = 0,
    write_key: tuple[str, ...] = SegmentOptions().write_keys,
    flavour: Literal["segment", "strict"] = "segment",
    seed: int = 0,
) -> None:
    """Play Segment's Tracking API under /v1, with /control to see what was stored, dropped and why.

    Parameters
    ----------
    port
        Port to listen on; 0 takes a free one, printed as one line of JSON.
    write_key
        Write keys of the workspace's sources.
    flavour
        strict: answer as hosts do that only speak like Segment.
    seed
        Where faults are drawn from.
    """
    run(_play(start_segment(SegmentOptions(port=port, write_keys=write_key, flavour=flavour, seed=seed))))


async def _play(starting: Awaitable[_Sandbox]) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    try:
        sandbox = await starting
    except OSError as error:
        raise InputError(f"cannot listen there: {error.strerror}", hint="give --port 0 to take a free one") from None
    announce(sandbox.url)
    await stopping.wait()
    await sandbox.stop()
