"""The wizard on the running service: the steps are those of the command."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import msgspec

from gladly_segment.config import Settings
from gladly_segment.config.organization import SECRETS
from gladly_segment.connect.address import webhook_address
from gladly_segment.connect.carry_out import Known as KnownEntry
from gladly_segment.connect.decide import Foreign, Plan, url_taken, whose
from gladly_segment.connect.intended import at_gladly, here
from gladly_segment.connect.marked_event import is_same_code
from gladly_segment.connect.wish import Told, Wish
from gladly_segment.connect.workspace import judge, key_use
from gladly_segment.core.errors import SettingsError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Organization, Origin
from gladly_segment.core.secret import Secret
from gladly_segment.debugger.connect.watched import Entry, Known, Line, Planned, Run, RunKind, Seen, Tested
from gladly_segment.service.connecting.carrying import Connection, connect
from gladly_segment.service.connecting.checks import (
    named,
    noted_address,
    plan_for,
    see_gladly,
    see_source,
    send_test,
    told_seen,
    told_sent,
)
from gladly_segment.service.connecting.declaration import Before, look_before
from gladly_segment.service.connecting.given import Given
from gladly_segment.service.connecting.leaving import disconnect
from gladly_segment.service.screens.runs import Runs

_ASKED_LATER = Secret("not-given-yet")


class _Case(msgspec.Struct, frozen=True, kw_only=True):
    """An organization that is to be connected: what was given, over what is known."""

    organization: OrganizationId
    given: Given
    before: Before
    settings: Settings


class _Decided(msgspec.Struct, frozen=True, kw_only=True):
    case: _Case
    wish: Wish
    plan: Plan | Foreign


class ConnectRoom:
    """The port of the wizard. It keeps nothing of what it is given."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        organizations: Callable[[], Collection[Organization]],
        runs: Runs,
    ) -> None:
        """`settings` and `organizations` give those of this moment."""
        self._settings = settings
        self._organizations = organizations
        self._runs = runs

    def organizations(self) -> Sequence[Known]:
        """See the port."""
        return [
            Known(name=each.name, is_of_file=each.origin is Origin.FILE, is_paused=each.paused)
            for each in self._organizations()
        ]

    async def see_gladly(self, entry: Entry) -> Seen:
        """See the port."""
        case = await self._case(entry)
        _require(case, "gladly_user", "gladly_token")
        key = {} if case.given.has("segment_write_key") else {"segment_write_key": _ASKED_LATER}
        seen = await see_gladly(case.organization, case.given.but(**key), case.settings)
        return Seen(
            line=_line(seen.told),
            is_known=case.before.declared is not None,
            known={key: text for key, text in case.before.settings.items() if key in _SHOWN and isinstance(text, str)},
            secrets_known=frozenset(SECRETS) & case.before.settings.keys(),
            address=noted_address(case.before, seen.webhooks) or "",
        )

    async def test_source(self, entry: Entry) -> Tested:
        """See the port."""
        case = await self._case(entry)
        _require(case, "segment_write_key", "segment_region")
        seen = see_source(case.organization, case.given, case.before, case.settings, may_change=entry.may_change_key)
        lines = [_line(each) for each in seen.told]
        if seen.is_known:
            return Tested(lines=lines, code="")
        code = await send_test(case.organization, seen.wished.segment)
        return Tested(lines=[*lines, _line(told_sent(seen.wished.segment, None))], code=code)

    def told_of_proof(self, code: str, *, seen: bool | None) -> Line:
        """See the port."""
        return _line(told_seen(code, seen=seen))

    def is_code(self, typed: str, code: str) -> bool:
        """See the port."""
        return is_same_code(typed, code)

    def address(self, text: str, organization: str) -> str:
        """See the port."""
        return webhook_address(text, OrganizationId(organization))

    async def plan(self, entry: Entry, address: str) -> Planned:
        """See the port."""
        decided = await self._decide(entry, address, take_over=False)
        case, wish, before = decided.case, decided.wish, decided.case.before
        known = None
        if before.declared is not None:
            known = KnownEntry(before.webhook, dict(before.settings) == dict(case.given.all()))
        judgement = judge(key_use(wish.organization, wish.segment), before.bindings)
        return Planned(
            at_gladly=tuple(at_gladly(decided.plan, wish)),
            here=tuple(here(decided.plan, wish, known, judgement)),
            foreign=whose(decided.plan.webhook) if isinstance(decided.plan, Foreign) else "",
        )

    async def connect(
        self, entry: Entry, address: str, *, take_over: bool, by: str, draft: str, connected: Callable[[], None]
    ) -> str:
        """See the port."""
        decided = await self._decide(entry, address, take_over=take_over)
        case, plan = decided.case, decided.plan
        if isinstance(plan, Foreign):
            raise url_taken(plan.webhook)
        connection = Connection(plan=plan, wish=decided.wish, wished=case.given.all(), before=case.before, by=by)

        async def work(tell: Callable[[Told], None]) -> Path | None:
            made = await connect(connection, case.settings, tell)
            connected()
            return made

        return self._runs.begin(RunKind.CONNECT, case.organization, work, draft=draft)

    async def disconnect(self, organization: str, *, drop_waiting: bool, by: str) -> str:
        """See the port."""
        name, settings = OrganizationId(organization), self._settings()

        async def work(tell: Callable[[Told], None]) -> None:
            await disconnect(name, settings, tell, drop_waiting=drop_waiting, by=by)

        return self._runs.begin(RunKind.DISCONNECT, name, work)

    def run(self, id_: str) -> Run | None:
        """See the port."""
        return self._runs.find(id_)

    def cancel(self, id_: str) -> None:
        """See the port."""
        self._runs.cancel(id_)

    async def _case(self, entry: Entry) -> _Case:
        settings = self._settings()
        organization = named(entry.organization, settings)
        before = await look_before(organization, settings)
        given = Given({**entry.texts, **entry.secrets}).over(before.settings)
        return _Case(organization=organization, given=given, before=before, settings=settings)

    async def _decide(self, entry: Entry, address: str, *, take_over: bool) -> _Decided:
        case = await self._case(entry)
        seen = await see_gladly(case.organization, case.given, case.settings)
        source = see_source(case.organization, case.given, case.before, case.settings, may_change=entry.may_change_key)
        wish = Wish(
            organization=case.organization,
            gladly=source.wished.gladly,
            segment=source.wished.segment,
            address=webhook_address(address, case.organization),
        )
        plan = plan_for(wish, seen.webhooks, case.before, take_over=take_over)
        return _Decided(case=case, wish=wish, plan=plan)


_SHOWN = frozenset({"gladly_url", "gladly_user", "segment_region", "segment_host", "environment"})
"""What may be given by the wizard and is no secret."""


def _require(case: _Case, *keys: str) -> None:
    for key in keys:
        if not case.given.has(key):
            raise SettingsError(
                f"the setting organizations.{case.organization}.{key} is missing",
                key=("organizations", case.organization, key),
            )


def _line(told: Told) -> Line:
    return Line(told.step, told.outcome, told.detail)
