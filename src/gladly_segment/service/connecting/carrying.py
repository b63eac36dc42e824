"""Carrying a plan out on the real registry, beside the running service."""

import os
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import msgspec

from gladly_segment.config import Settings
from gladly_segment.connect.carry_out import Ground, carry_out
from gladly_segment.connect.decide import Plan
from gladly_segment.connect.probe import HttpProbe
from gladly_segment.connect.wish import WEBHOOK_USERNAME, Told, Wish
from gladly_segment.connect.workspace import BY_PERSON
from gladly_segment.gladly import GladlyWebhooks
from gladly_segment.service.beside import registering
from gladly_segment.service.clock import SystemClock
from gladly_segment.service.connecting.declaration import Before, RegistryDeclaration
from gladly_segment.service.connecting.turns import alone
from gladly_segment.service.connecting.vendors import WITHIN_S, gladly_of
from gladly_segment.transport.session import open_session

_PROBES: Final = 2


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done: the plan, and the settings as wished, with secrets, over those of before; `by` whom."""

    plan: Plan
    wish: Wish
    wished: Mapping[str, Any]
    before: Before
    by: str = BY_PERSON


async def connect(connection: Connection, settings: Settings, tell: Callable[[Told], None]) -> Path | None:
    """Connect the organization, or leave all as it was; give the key file if one had to be made.

    Raises GladlySegmentError.
    """
    clock, wish = SystemClock(), connection.wish
    async with AsyncExitStack() as stack:
        stack.enter_context(alone(settings.data_dir, wish.organization))
        registry = await stack.enter_async_context(registering(settings.data_dir))
        requests = await stack.enter_async_context(gladly_of(wish.organization, wish.gladly))
        probing = await stack.enter_async_context(open_session(total_s=WITHIN_S, connections=_PROBES))
        declaration = RegistryDeclaration(
            wish.organization,
            connection.wished,
            connection.before,
            registry=registry,
            settings=settings,
            clock=clock,
        )
        ground = Ground(
            webhooks=GladlyWebhooks(requests),
            declaration=declaration,
            notes=registry,
            probe=HttpProbe(probing, WEBHOOK_USERNAME),
            clock=clock,
            draw=os.urandom,
            tell=tell,
            by=connection.by,
        )
        await carry_out(connection.plan, wish, ground)
    return declaration.made_key
