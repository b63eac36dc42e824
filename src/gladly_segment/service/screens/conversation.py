"""What the screen of a conversation shows of the running service."""

from collections.abc import Sequence
from typing import Final

from gladly_segment.core.errors import HistoryUnavailableError
from gladly_segment.core.ids import ConversationId, OrganizationId
from gladly_segment.core.records import History
from gladly_segment.core.situation import AtGladly, Situation
from gladly_segment.debugger.conversation import Trace
from gladly_segment.mapping.intake import conversation_lane
from gladly_segment.ports import history
from gladly_segment.ports.history import Search
from gladly_segment.ports.receipts import Receipts
from gladly_segment.service.fleet import Fleet
from gladly_segment.service.screens.event import patiently, unserved
from gladly_segment.service.screens.situations import Situations
from gladly_segment.service.told import told_by_gladly

_TRACES: Final = 100


class ConversationRoom:
    """The conversation screen's port on the journal, the history and the fleet."""

    def __init__(self, receipts: Receipts, events: history.History, fleet: Fleet, situations: Situations) -> None:
        self._receipts = receipts
        self._events = events
        self._fleet = fleet
        self._situations = situations

    def organizations(self) -> Sequence[OrganizationId]:
        """See the port."""
        return sorted(each.name for each in self._fleet.organizations)

    async def receipts(self, organization: OrganizationId, conversation: ConversationId) -> Sequence[History]:
        """See the port."""
        return await self._receipts.lane(organization, conversation_lane(conversation))

    async def traces(self, organization: OrganizationId | None, text: str) -> Sequence[Trace]:
        """See the port."""
        try:
            found = await self._events.search(Search(text=text, organization=organization), _TRACES)
        except HistoryUnavailableError:
            return ()
        return [Trace(each.seq, each.organization, each.conversation) for each in found.events]

    async def situation(
        self, organization: OrganizationId, receipts: Sequence[History], at_gladly: AtGladly | None
    ) -> Situation:
        """See the port."""
        return await self._situations.of(organization, receipts, at_gladly)

    async def at_gladly(self, organization: OrganizationId, conversation: ConversationId) -> AtGladly:
        """See the port."""
        preview = self._fleet.preview(organization)
        if preview is None:
            raise unserved()
        return told_by_gladly((await patiently(preview.conversation(conversation))).value)
