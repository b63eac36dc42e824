"""Why there is nothing of a conversation: what an analyst is told."""

from datetime import timedelta
from typing import Any

import pytest

from gladly_segment.core.situation import AtGladly, FeedSeen, FeedState, Situation
from gladly_segment.core.verdict import Answer, Verdict
from gladly_segment.core.why import why_conversation
from tests.support.clock import START
from tests.unit.core.histories import SHOP

HOUR = timedelta(hours=1)


def asked(**known: Any) -> Answer:
    return why_conversation([], Situation(now=START, organization=SHOP, **known))


def test_when_nothing_is_known_it_says_what_may_be_and_how_to_know_more() -> None:
    answer = asked()

    assert answer.verdict is Verdict.NEVER_RECEIVED
    assert answer.why == (
        "Nothing was ever received of it: Gladly sent no event of it here, or the id is wrong, or it is no longer kept."
    )
    assert "--ask-gladly" in answer.todo


def test_it_tells_since_when_is_kept() -> None:
    assert (
        "no longer kept (nothing that ended before 2026-03-01T11:00:00.000Z is)." in asked(kept_since=START - HOUR).why
    )


def test_an_organization_that_is_not_served_is_to_be_connected() -> None:
    answer = asked(known=False)

    assert answer.verdict is Verdict.NOT_SERVED
    assert answer.todo == "Connect it with: gladly-segment connect shop"


def test_without_an_organization_none_is_named() -> None:
    answer = why_conversation([], Situation(now=START))

    assert answer.verdict is Verdict.NEVER_RECEIVED
    assert "None" not in answer.why + answer.todo
    assert answer.todo.endswith("gladly-segment doctor")


@pytest.mark.parametrize(
    ("state", "since", "verdict", "because"),
    [
        (FeedState.MISSING, None, Verdict.FEED_MISSING, "because Gladly has no webhook that leads to this service."),
        (
            FeedState.DISABLED,
            START - HOUR,
            Verdict.FEED_DISABLED,
            "because the webhook at Gladly is disabled or deleted since 2026-03-01T11:00:00.000Z: Gladly sends "
            "nothing.",
        ),
        (
            FeedState.DISABLED,
            None,
            Verdict.FEED_DISABLED,
            "because the webhook at Gladly is disabled or deleted: Gladly sends nothing.",
        ),
        (
            FeedState.SILENT,
            START - HOUR,
            Verdict.FEED_SILENT,
            "and nothing at all has been received since 2026-03-01T11:00:00.000Z, which is unusual at this time of "
            "the week.",
        ),
    ],
)
@pytest.mark.parametrize(
    "at_gladly",
    [
        None,
        AtGladly(True, START - 2 * HOUR),
        AtGladly(True, START - 2 * HOUR, START - HOUR),
        AtGladly(True, START, START),
    ],
)
def test_a_feed_that_does_not_work_explains_it(
    state: FeedState, since: Any, verdict: Verdict, because: str, at_gladly: AtGladly | None
) -> None:
    answer = asked(feed=FeedSeen(state, since), at_gladly=at_gladly)

    assert answer.verdict is verdict
    assert answer.why == f"Nothing was ever received of it, {because}"
    assert "shop" in answer.todo


def test_a_feed_that_works_explains_nothing() -> None:
    assert asked(feed=FeedSeen(FeedState.ENABLED)).verdict is Verdict.NEVER_RECEIVED


def test_a_feed_that_failed_only_afterwards_explains_nothing() -> None:
    over = AtGladly(True, START - 3 * HOUR, START - 2 * HOUR)

    answer = asked(feed=FeedSeen(FeedState.DISABLED, START - HOUR), at_gladly=over)

    assert answer.verdict is Verdict.NEVER_RECEIVED


@pytest.mark.parametrize("feed", [None, FeedSeen(FeedState.MISSING)])
def test_what_gladly_does_not_know_cannot_have_been_received(feed: FeedSeen | None) -> None:
    answer = asked(at_gladly=AtGladly(found=False), feed=feed)

    assert answer.verdict is Verdict.UNKNOWN_TO_GLADLY
    assert "merge" in answer.why


def test_what_was_over_before_the_retention_began_is_no_longer_kept() -> None:
    answer = asked(kept_since=START - HOUR, at_gladly=AtGladly(True, START - 3 * HOUR, START - 2 * HOUR))

    assert answer.verdict is Verdict.NO_LONGER_KEPT
    assert "2026-03-01T11:00:00.000Z" in answer.why


@pytest.mark.parametrize("closed_at", [None, START])
def test_what_was_open_since_should_have_been_received(closed_at: Any) -> None:
    answer = asked(kept_since=START - HOUR, at_gladly=AtGladly(True, START - 3 * HOUR, closed_at))

    assert answer.verdict is Verdict.NEVER_RECEIVED
    assert (
        "Gladly has the conversation, opened at 2026-03-01T09:00:00.000Z, but sent no event of it here." in answer.why
    )
    assert "CONVERSATION/CREATED" in answer.todo
