"""Alarms: what calls somebody is told once when it begins, once when it ends, and daily in between."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from gladly_segment.core.alarms import AllClear, Call, meaning
from gladly_segment.core.feed_signals import AlarmEnded, AlarmKind, AlarmRaised
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.signals import Signal
from gladly_segment.ports.clock import Clock
from gladly_segment.ports.observer import Observer

_LOOK_EVERY_S: Final = 60.0
_AGAIN_AFTER: Final = timedelta(days=1)

_MOMENTARY: Final = frozenset({AlarmKind.GAP_LOST, AlarmKind.SETTINGS_TROUBLE})
"""What happened and is no state: nothing ends it, and it is not told again."""

_QUIET: Final = {AlarmKind.JOURNAL_TROUBLE: timedelta(minutes=5)}
"""What nobody tells the end of: it is over when it was not met for so long."""


class Phase(StrEnum):
    """What has become of an alarm when it is posted."""

    RAISED = "raised"
    ONGOING = "ongoing"
    ENDED = "ended"


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What is posted, as JSON. `text` alone is enough to understand it: chat tools show nothing else."""

    text: str
    alarm: AlarmKind
    state: Phase
    organization: OrganizationId | None
    at: datetime
    hint: str


class _Open(msgspec.Struct):
    call: Call
    told_at: datetime
    met_at: datetime


class Alarms:
    """The observer port: finds out what calls somebody, and has it told."""

    def __init__(self, observer: Observer, post: Callable[[Notice], None], clock: Clock) -> None:
        """`observer` is told of alarms; `post` takes notices for those who look neither at logs nor at metrics.

        Neither blocks nor raises.
        """
        self._observer = observer
        self._post = post
        self._clock = clock
        self._open: dict[tuple[OrganizationId | None, AlarmKind], _Open] = {}

    def emit(self, signal: Signal) -> None:
        """See the port."""
        match meaning(signal):
            case Call() as call:
                self._raise(call)
            case AllClear(organization=organization, alarms=alarms):
                for alarm in alarms:
                    self._end(organization, alarm)
            case None:
                pass

    async def run(self) -> None:
        """Tell again what lasts, until cancelled."""
        while True:
            await self._clock.sleep(_LOOK_EVERY_S)
            self.look()

    def look(self) -> None:
        """Tell what has lasted for another day, and end what was not met any more."""
        now = self._clock.now()
        for (organization, alarm), each in list(self._open.items()):
            if now - each.met_at >= _QUIET.get(alarm, timedelta.max):
                self._end(organization, alarm)
            elif now - each.told_at >= _AGAIN_AFTER:
                each.told_at = now
                self._tell(each.call, Phase.ONGOING)

    def _raise(self, call: Call) -> None:
        now = self._clock.now()
        found = self._open.get((call.organization, call.alarm))
        if found is not None:
            found.call, found.met_at = call, now
            return
        if call.alarm not in _MOMENTARY:
            self._open[call.organization, call.alarm] = _Open(call, now, now)
        self._observer.emit(AlarmRaised(call.organization, call.alarm, call.text, call.hint))
        self._tell(call, Phase.RAISED)

    def _end(self, organization: OrganizationId | None, alarm: AlarmKind) -> None:
        ended = self._open.pop((organization, alarm), None)
        if ended is not None:
            self._observer.emit(AlarmEnded(organization, alarm))
            self._tell(ended.call, Phase.ENDED)

    def _tell(self, call: Call, phase: Phase) -> None:
        self._post(
            Notice(
                text=_text(call, phase),
                alarm=call.alarm,
                state=phase,
                organization=call.organization,
                at=self._clock.now(),
                hint="" if phase is Phase.ENDED else call.hint,
            )
        )


def _text(call: Call, phase: Phase) -> str:
    match phase:
        case Phase.RAISED:
            return f"{call.text} {call.hint}"
        case Phase.ONGOING:
            return f"Still: {call.text} {call.hint}"
        case Phase.ENDED:
            return f"Over: {call.text}"
