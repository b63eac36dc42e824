"""What the conversation screen is given to show."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from gladly_segment.core.ids import ConversationId, OrganizationId, Seq
from gladly_segment.core.records import History
from gladly_segment.core.situation import AtGladly, Situation


class Trace(msgspec.Struct, frozen=True):
    """An event that has what was looked for; `conversation` is None where it belongs to none."""

    seq: Seq
    organization: OrganizationId
    conversation: ConversationId | None


class WatchedConversations(Protocol):
    """The running service."""

    def organizations(self) -> Sequence[OrganizationId]:
        """Give all that are served just now. Does not block."""
        ...

    async def receipts(self, organization: OrganizationId, conversation: ConversationId) -> Sequence[History]:
        """Give all receipts of a conversation, in log order. Raises JournalUnavailableError."""
        ...

    async def traces(self, organization: OrganizationId | None, text: str) -> Sequence[Trace]:
        """Find the latest events that have an id, a name or whatever else; none where the history cannot be read."""
        ...

    async def situation(
        self, organization: OrganizationId, receipts: Sequence[History], at_gladly: AtGladly | None
    ) -> Situation:
        """Tell how things stand for these receipts of an organization. Raises JournalUnavailableError."""
        ...

    async def at_gladly(self, organization: OrganizationId, conversation: ConversationId) -> AtGladly:
        """Ask Gladly for a conversation, behind all that waits for being sent. The organization is served.

        Raises CallFailedError, also when no turn comes in a reasonable time.
        """
        ...
