"""Why there is nothing of a conversation in the journal."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from gladly_segment.core.moments import format_moment
from gladly_segment.core.situation import AtGladly, FeedSeen, FeedState, Situation
from gladly_segment.core.verdict import Answer, Verdict

_FEEDS: Final[Mapping[FeedState, tuple[Verdict, str, str]]] = {
    FeedState.MISSING: (
        Verdict.FEED_MISSING,
        "because Gladly has no webhook that leads to this service",
        "Have it made: {connect}",
    ),
    FeedState.DISABLED: (
        Verdict.FEED_DISABLED,
        "because the webhook at Gladly is disabled or deleted{since}: Gladly sends nothing",
        "See what is to be done: {doctor}",
    ),
    FeedState.SILENT: (
        Verdict.FEED_SILENT,
        "and nothing at all has been received{since}, which is unusual at this time of the week",
        "Find out what is between Gladly and this service: {doctor}",
    ),
}


def why_nothing(situation: Situation) -> Answer:
    """Explain that nothing was received, by what is known of the service, and of Gladly if it was asked."""
    at = situation.at_gladly
    if not situation.known:
        return Answer(
            Verdict.NOT_SERVED,
            f"Nothing was ever received of it: this service does not serve {situation.organization}.",
            f"Connect it with: {_command('connect', situation)}",
        )
    if at is not None and not at.found:
        return Answer(
            Verdict.UNKNOWN_TO_GLADLY,
            "Nothing was ever received of it, and Gladly does not know it: the id is wrong or another organization's, "
            "or the conversation vanished in a merge of customers or with its customer.",
            "Compare the id with the address of the conversation in Gladly.",
        )
    if situation.kept_since is not None and _was_over_before(at, situation.kept_since):
        return Answer(
            Verdict.NO_LONGER_KEPT,
            f"Nothing is known of it any more: what ended before {format_moment(situation.kept_since)} is no longer "
            "kept.",
            "Look for it in Segment, or in a destination.",
        )
    feed = situation.feed
    if feed is not None and feed.state in _FEEDS and not _was_over_before(at, feed.since):
        return _by_feed(feed, situation)
    return Answer(Verdict.NEVER_RECEIVED, _never_received(situation), _check(situation))


def _by_feed(feed: FeedSeen, situation: Situation) -> Answer:
    verdict, because, todo = _FEEDS[feed.state]
    since = "" if feed.since is None else f" since {format_moment(feed.since)}"
    return Answer(
        verdict,
        f"Nothing was ever received of it, {because.format(since=since)}.",
        todo.format(doctor=_command("doctor", situation), connect=_command("connect", situation)),
    )


def _never_received(situation: Situation) -> str:
    at = situation.at_gladly
    if at is not None:
        opened = "" if at.created_at is None else f", opened at {format_moment(at.created_at)}"
        return f"Nothing was ever received of it: Gladly has the conversation{opened}, but sent no event of it here."
    kept = (
        "" if situation.kept_since is None else f" (nothing that ended before {format_moment(situation.kept_since)} is)"
    )
    return (
        "Nothing was ever received of it: Gladly sent no event of it here, or the id is wrong, or it is no longer "
        f"kept{kept}."
    )


def _check(situation: Situation) -> str:
    doctor = f"see whether the webhook is well: {_command('doctor', situation)}"
    if situation.at_gladly is None:
        return f"Ask Gladly for it (--ask-gladly), and {doctor}"
    return (
        "Look whether the webhook was there at that time and is subscribed to CONVERSATION/CREATED and "
        f"CONVERSATION/CLOSED; {doctor}"
    )


def _command(name: str, situation: Situation) -> str:
    flag = "--organization " if name == "doctor" else ""
    which = "" if situation.organization is None else f" {flag}{situation.organization}"
    return f"gladly-segment {name}{which}"


def _was_over_before(at: AtGladly | None, moment: datetime | None) -> bool:
    """Tell whether a conversation is known to have been closed for good before a moment; an open one is not over."""
    return at is not None and at.closed_at is not None and moment is not None and at.closed_at < moment
