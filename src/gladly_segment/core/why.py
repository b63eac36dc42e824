"""Why a conversation's events are in Segment, or are not: one verdict, one sentence, one thing to do."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, assert_never

from gladly_segment.core.lifecycle import (
    CLAIMED_BY,
    REMEDIES,
    IgnoreReason,
    ParkCause,
    Stage,
    State,
    SuppressReason,
    unsettled,
)
from gladly_segment.core.moments import format_moment, in_words
from gladly_segment.core.records import Attempt, History
from gladly_segment.core.situation import Rate, Situation
from gladly_segment.core.unreceived import why_nothing
from gladly_segment.core.verdict import Answer, Verdict

REQUESTS_AN_EVENT: Final = 1.2
"""What an event costs on average: its conversation, and its customer unless it is remembered."""

_TROUBLE: Final = {Stage.ENRICH: "Gladly could not be asked", Stage.DELIVER: "Segment did not take it"}
_SENT_ONCE_MORE: Final = "To look at it once more: gladly-segment replay --remap."
_NOT_PROOF: Final = (
    "If a destination does not have it: Segment's answer says that the source took it, and nothing of the destinations "
    "behind it. Look for the messageId in the source's Debugger, then at the destination's Event Delivery."
)

_SUPPRESSED: Final[Mapping[SuppressReason, Answer]] = {
    SuppressReason.CUSTOMER_DELETED: Answer(
        Verdict.CUSTOMER_DELETED,
        "Not sent, because its customer was deleted in Gladly: there is nobody whom the event could belong to.",
        f"Nothing, if that is meant. {_SENT_ONCE_MORE}",
    ),
    SuppressReason.CONVERSATION_GONE: Answer(
        Verdict.CONVERSATION_GONE,
        "Not sent, because Gladly no longer has the conversation: it vanished when two customers were merged.",
        "Look for its content in the conversation that it was merged into.",
    ),
    SuppressReason.CUSTOMER_ERASED: Answer(
        Verdict.CUSTOMER_ERASED,
        "Not sent and no longer kept, because somebody erased its customer from this service.",
        "",
    ),
    SuppressReason.EVENT_NOT_WANTED: Answer(
        Verdict.NOT_WANTED,
        "Not sent, because the organization's setting `events` does not have events of its kind.",
        f"If it is wanted after all, add its kind to `events`. {_SENT_ONCE_MORE}",
    ),
}

_IGNORED: Final[Mapping[IgnoreReason, Answer]] = {
    IgnoreReason.TYPE_NOT_MAPPED: Answer(
        Verdict.TYPE_IGNORED,
        "Not sent, because events of its type lead to no track event: only CONVERSATION/CREATED and "
        "CONVERSATION/CLOSED do.",
    ),
    IgnoreReason.PROFILE_CHANGE_NOTED: Answer(
        Verdict.PROFILE_CHANGE,
        "Not sent, because it only tells that a customer's profile changed: the next event of the customer has it.",
    ),
}


_PRESSING: Final = {
    verdict: rank
    for rank, verdict in enumerate(
        (
            Verdict.PARKED,
            Verdict.NOT_RUNNING,
            Verdict.NOT_SERVED,
            Verdict.PAUSED,
            Verdict.STAGE_HELD,
            Verdict.RETRY_DUE,
            Verdict.WAITING_FOR_QUOTA,
            Verdict.ABOUT_TO_BE_SENT,
            Verdict.BEHIND_ANOTHER,
        )
    )
}
"""What of several to tell first: what asks for a person, then what holds up the rest; what ended comes after these."""


def why(history: History, lane: Sequence[History], situation: Situation) -> Answer:
    """Explain one receipt; `lane` are all of its conversation, in log order."""
    match history.state:
        case State.RECEIVED | State.READY:
            return _waiting(history, lane, situation)
        case State.DELIVERED:
            return _sent(history)
        case State.SUPPRESSED:
            return _SUPPRESSED[SuppressReason(history.reason)]
        case State.IGNORED:
            return _IGNORED[IgnoreReason(history.reason)]
        case State.PARKED:
            return _parked(history)
        case State.DROPPED:
            return _dropped(history)
        case _:
            assert_never(history.state)


def _sent(history: History) -> Answer:
    last = _last(history, State.DELIVERED)
    when = f" at {format_moment(last.at)}" if last else ""
    answer = f", and Segment answered {last.detail}" if last and last.detail else ", and Segment accepted it"
    kept = "" if history.body else "; what was sent is no longer kept"
    return Answer(Verdict.SENT, f"Sent{when} as {history.message_id}{answer}{kept}.", _NOT_PROOF)


def _parked(history: History) -> Answer:
    remedy = REMEDIES[ParkCause(history.reason)]
    detail = f" ({history.detail})" if history.detail else ""
    return Answer(
        Verdict.PARKED,
        f"Not sent: it is a dead letter, {history.reason}{detail}. {remedy.meaning}",
        f"{remedy.action} Retry it with: gladly-segment dead retry {history.seq}",
    )


def _dropped(history: History) -> Answer:
    last = _last(history, State.DROPPED)
    parked = _last(history, State.PARKED)
    when = f" at {format_moment(last.at)}" if last else ""
    after = f", after it had become a dead letter ({parked.reason})" if parked else ""
    return Answer(Verdict.DROPPED, f"Not sent, because somebody dropped it by hand{when}{after}.")


def _waiting(history: History, lane: Sequence[History], situation: Situation) -> Answer:
    stage = CLAIMED_BY[history.state]
    name = situation.organization or history.organization
    if not situation.running:
        return Answer(
            Verdict.NOT_RUNNING,
            "Not sent yet, because no service is running: all events wait.",
            "Start it with: gladly-segment serve",
        )
    if not situation.known:
        return Answer(
            Verdict.NOT_SERVED,
            f"Not sent yet, because this service no longer serves the organization {name}: its events wait.",
            "Add the organization again, and they go on.",
        )
    if situation.paused:
        return Answer(
            Verdict.PAUSED,
            f"Not sent yet, because the organization {name} is paused: its events wait.",
            f"Let it go on with: gladly-segment organizations resume {name}",
        )
    if (held := situation.held_at(stage)) is not None:
        return Answer(
            Verdict.STAGE_HELD,
            f"Not sent yet, because {_TROUBLE[stage]}: {held.detail}. All events of {name} wait until that is mended; "
            "nothing is lost.",
            f"Run: gladly-segment doctor --organization {name}",
        )
    return _in_turn(history, lane, situation)


def _in_turn(history: History, lane: Sequence[History], situation: Situation) -> Answer:
    before = next((each for each in lane if each.seq < history.seq and unsettled(each.state)), None)
    if history.state is State.READY and before is not None:
        return Answer(
            Verdict.BEHIND_ANOTHER,
            f"Not sent yet, because an earlier event of the conversation, #{before.seq} ({before.event_type}), is not "
            "sent yet: the order is kept.",
            f"See why #{before.seq} waits.",
        )
    if history.due_at > situation.now:
        met = f": {history.detail}" if history.detail else ""
        return Answer(
            Verdict.RETRY_DUE,
            f"Not sent yet, because {_TROUBLE[CLAIMED_BY[history.state]]}{met}. It is tried again at "
            f"{format_moment(history.due_at)}.",
        )
    if history.state is State.RECEIVED:
        return _for_quota(history, situation)
    return Answer(Verdict.ABOUT_TO_BE_SENT, "Not sent yet, but it is next: it goes with the next batch to Segment.")


def _for_quota(history: History, situation: Situation) -> Answer:
    ahead, rate = situation.ahead.get(history.seq), situation.rate
    queue = "" if ahead is None else f": {ahead} {'event is' if ahead == 1 else 'events are'} before it"
    pace = "" if rate is None else f", and Gladly is asked at most {rate.ours_per_s} times a second"
    took = "" if ahead is None or rate is None else f", so that it takes about {_about(ahead, rate)}"
    return Answer(
        Verdict.WAITING_FOR_QUOTA,
        f"Not sent yet, because it waits for its turn to be looked up at Gladly{queue}{pace}{took}.",
        "Wait; if the queue does not get shorter, ask Gladly for a higher rate limit, or raise gladly_share.",
    )


def why_conversation(lane: Sequence[History], situation: Situation) -> Answer:
    """Explain a conversation: of its receipts, or that there are none, what most needs explaining."""
    if not lane:
        return why_nothing(situation)
    events = [each for each in lane if each.state is not State.IGNORED]
    if not events:
        return _only_ignored(lane)
    answers = [(each, why(each, lane, situation)) for each in events]
    unsent = [pair for pair in answers if pair[1].verdict is not Verdict.SENT]
    if len(events) == 1:
        return answers[0][1]
    if not unsent:
        _, last = answers[-1]
        return Answer(last.verdict, f"All {len(events)} events were sent. The last: {last.why}", last.todo)
    history, answer = min(unsent, key=lambda pair: _PRESSING.get(pair[1].verdict, len(_PRESSING)))
    sent = f"{len(events) - len(unsent)} of {len(events)} events were sent."
    return Answer(answer.verdict, f"{sent} #{history.seq} ({history.event_type}): {answer.why}", answer.todo)


def _only_ignored(lane: Sequence[History]) -> Answer:
    types = Counter(each.event_type for each in lane)
    told = ", ".join(f"{event_type} ({count})" for event_type, count in sorted(types.items()))
    return Answer(
        Verdict.TYPE_IGNORED,
        f"Nothing was sent, because only events were received that lead to no track event: {told}.",
        "Subscribe the webhook to CONVERSATION/CREATED and CONVERSATION/CLOSED; if it is: the conversation was opened "
        "before that, and is not closed yet.",
    )


def _last(history: History, outcome: State) -> Attempt | None:
    return next((each for each in reversed(history.attempts) if each.outcome == outcome), None)


def _about(ahead: int, rate: Rate) -> str:
    return in_words(timedelta(seconds=(ahead + 1) * REQUESTS_AN_EVENT / rate.ours_per_s))
