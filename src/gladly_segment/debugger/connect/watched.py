"""What the wizard is given to ask and to have done: it knows neither vendor, and no registry."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.secret import Secret
from gladly_segment.debugger.wrong import Wrong


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody gave, by the keys of the settings; `may_change_key`: events may go to another source now."""

    organization: str
    texts: Mapping[str, str] = {}
    secrets: Mapping[str, Secret] = {}
    may_change_key: bool = False


class Line(msgspec.Struct, frozen=True):
    """A step that is done, how it ended, and a sentence."""

    step: str
    outcome: str
    detail: str


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What Gladly said: `known` are the open settings of before, `secrets_known` secrets that need not be given again.

    `address` is where the webhook that was connected before leads, empty for none.
    """

    line: Line
    is_known: bool
    known: Mapping[str, str] = {}
    secrets_known: frozenset[str] = frozenset()
    address: str = ""


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """What Segment said; `code` marks the test event, empty when the source was proven before."""

    lines: Sequence[Line]
    code: str


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """What would be done, each in a sentence; `foreign`: whose the webhook is that would have to be taken over."""

    at_gladly: tuple[str, ...]
    here: tuple[str, ...]
    foreign: str = ""


class RunState(StrEnum):
    """Where something that takes its time stands."""

    UNDER_WAY = "under_way"
    DONE = "done"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class RunKind(StrEnum):
    """What it is."""

    CONNECT = "connect"
    DISCONNECT = "disconnect"
    RENEW = "renew"
    """New credentials of the webhook."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Something that takes its time, and how far it has come; `draft` is the one that it was begun from."""

    id: str
    kind: RunKind
    organization: OrganizationId
    state: RunState = RunState.UNDER_WAY
    lines: tuple[Line, ...] = ()
    wrong: Wrong | None = None
    made_key: str = ""
    draft: str = ""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """An organization that is there; `is_of_file`: it is declared in the settings, and is changed there."""

    name: OrganizationId
    is_of_file: bool
    is_paused: bool


class Wizardry(Protocol):
    """The running service. Every asynchronous method raises GladlySegmentError."""

    def organizations(self) -> Sequence[Known]:
        """Give all. Does not block."""
        ...

    async def see_gladly(self, entry: Entry) -> Seen:
        """Check name, user and token."""
        ...

    async def test_source(self, entry: Entry) -> Tested:
        """Check the write key and send a test event, unless the source was proven before."""
        ...

    def told_of_proof(self, code: str, *, seen: bool | None) -> Line:
        """Tell what somebody saw; None for nobody looked. Raises GladlySegmentError when the event did not come."""
        ...

    def is_code(self, typed: str, code: str) -> bool:
        """Compare a code as a person types it."""
        ...

    def address(self, text: str, organization: str) -> str:
        """Check and complete the public url. Raises GladlySegmentError."""
        ...

    async def plan(self, entry: Entry, address: str) -> Planned:
        """Tell what would be done."""
        ...

    async def connect(
        self, entry: Entry, address: str, *, take_over: bool, by: str, draft: str, connected: Callable[[], None]
    ) -> str:
        """Begin to do it, and give the run's id; `connected` is called if it comes to that."""
        ...

    async def disconnect(self, organization: str, *, drop_waiting: bool, by: str) -> str:
        """Begin to undo it, and give the run's id."""
        ...

    def run(self, id_: str) -> Run | None:
        """Give one of the latest runs."""
        ...

    def cancel(self, id_: str) -> None:
        """Have it taken back, if it is under way."""
        ...
