"""Why a conversation is in Segment, or is not: asked beside a running service, or without one."""

from collections.abc import Sequence
from typing import Final

import msgspec

from gladly_segment.core.errors import HistoryUnavailableError, InputError
from gladly_segment.core.explained import ExplainedConversation, explained
from gladly_segment.core.ids import ConversationId, OrganizationId
from gladly_segment.core.records import History
from gladly_segment.mapping.intake import conversation_lane
from gladly_segment.ports.curator import Curator
from gladly_segment.ports.history import Event, Search
from gladly_segment.service.beside import curating, reading_history
from gladly_segment.service.outside import Outside, Place, look_around, situation_of

__all__ = ["MOST", "Place", "Question", "explain"]

MOST: Final = 50
"""So many conversations are explained at once."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Which conversation: by its id, or that of a message, an event or a customer of it.

    Of which organization (None: whichever has it), and whether Gladly is to be asked for it.
    """

    id: str
    organization: OrganizationId | None = None
    ask_gladly: bool = False


async def explain(question: Question, place: Place) -> Sequence[ExplainedConversation]:
    """Explain a conversation, once for each organization that has it, or once that nobody has.

    By another id than a conversation's, up to `MOST` are found, the latest first. Raises InputError when there is no
    journal, when the id belongs to no conversation, or when Gladly cannot be asked though it is to be.
    """
    async with curating(place.data_dir) as curator:
        meant = await _meant(question, place, curator)
        outside = await look_around(place)
        if not meant:
            meant = [(question.organization or outside.the_only_one, ConversationId(question.id))]
        return [await _explained(name, conversation, question, outside, curator) for name, conversation in meant]


async def _explained(
    name: OrganizationId | None,
    conversation: ConversationId,
    question: Question,
    outside: Outside,
    curator: Curator,
) -> ExplainedConversation:
    lane: Sequence[History] = ()
    if name is not None:
        lane = await curator.explain(name, conversation_lane(conversation))
    ask_for = conversation if question.ask_gladly else None
    return explained(conversation, lane, await situation_of(name, lane, outside, ask_for=ask_for))


async def _meant(
    question: Question, place: Place, curator: Curator
) -> Sequence[tuple[OrganizationId | None, ConversationId]]:
    conversation = ConversationId(question.id)
    receipts = await curator.explain(question.organization, conversation_lane(conversation))
    if receipts:
        return [(name, conversation) for name in dict.fromkeys(each.organization for each in receipts)]
    traces = await _traces(question, place)
    if traces and all(each.conversation is None for each in traces):
        raise InputError(
            f"what has the id {question.id} belongs to no conversation: #{traces[0].seq} ({traces[0].event_type})",
            hint=f"see what became of it: gladly-segment events --text {question.id}",
        )
    found = dict.fromkeys((each.organization, each.conversation) for each in traces if each.conversation is not None)
    return list(found)[:MOST]


async def _traces(question: Question, place: Place) -> Sequence[Event]:
    """Find the latest events that have the id; none where there is no history."""
    try:
        async with reading_history(place.data_dir) as history:
            found = await history.search(Search(text=question.id, organization=question.organization), MOST * 4)
    except HistoryUnavailableError:
        return ()
    # A search takes its last word for the beginning of one.
    return [each for each in found.events if question.id in (each.message_id, each.event_id, each.customer)]
