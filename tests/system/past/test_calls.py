"""The least number of requests, from Gladly's books."""

from collections.abc import Sequence
from datetime import UTC, datetime

from gladly_segment.sandbox.audit import GladlyBooks
from gladly_segment.sandbox.audit.books import Conversation, Merge, Occurrence
from tests.system.past.calls import calls, past_of
from tests.system.past.traffic import Request

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
TOLD = "2026-08-24T09:00:00.000Z"


def books(occurrences: Sequence[tuple[str, str]], *, kept: Sequence[str], merges: Sequence[Merge] = ()) -> GladlyBooks:
    """Occurrences are (conversation, customer)."""
    return GladlyBooks(
        occurrences=tuple(
            Occurrence(
                event_id=f"e{number}",
                kind="CREATED",
                conversation_id=conversation,
                customer_id=customer,
                created_at=TOLD,
                at=AT,
            )
            for number, (conversation, customer) in enumerate(occurrences)
        ),
        deliveries=(),
        events=(),
        deletions=(),
        merges=tuple(merges),
        customers=(),
        conversations=tuple(Conversation(id=each) for each in kept),
        agents=(),
        seeded=(),
    )


def get(path: str) -> Request:
    return Request(AT, "GET", f"/api/v1/{path}", 200)


def least(given: GladlyBooks) -> int:
    return calls([], given, past_of(given, ())).least


def test_a_customer_costs_two_however_many_conversations_there_are() -> None:
    assert least(books([("c1", "a"), ("c2", "a"), ("c3", "b")], kept=["c1", "c2", "c3"])) == 4


def test_what_no_list_tells_of_any_more_costs_nothing() -> None:
    assert least(books([("c1", "a"), ("c2", "gone")], kept=["c1"])) == 2


def test_a_customer_who_was_merged_costs_one_more() -> None:
    merge = Merge(source="a", target="b", at=AT)

    assert least(books([("c1", "a"), ("c2", "b")], kept=["c1", "c2"], merges=[merge])) == 3
    assert least(books([("c1", "a")], kept=["c1"], merges=[merge])) == 3
    assert past_of(books([("c1", "a"), ("c2", "b")], kept=["c1", "c2"], merges=[merge]), ()).merged == {
        "a": 1,
        "b": 1,
    }


def test_requests_are_counted_by_what_they_are_for() -> None:
    given = books([("c1", "a"), ("c2", "b")], kept=["c1", "c2"])
    requests = [
        get("customer-profiles/a"),
        get("customers/a/conversations"),
        get("customer-profiles/new"),
        get("agents"),
        Request(AT, "POST", "/api/v1/reports", 200),
        get("webhooks"),
    ]

    found = calls(requests, given, past_of(given, ()))

    assert (found.made, found.lists, found.conversations) == (2, 2, 2)


def test_whom_live_play_has_touched_is_nobody_of_the_past_alone() -> None:
    merge = Merge(source="a", target="b", at=AT)
    given = books([("c1", "a"), ("c2", "b"), ("c3", "d")], kept=["c1", "c2", "c3"], merges=[merge])

    past = past_of(given, ["c1"])

    assert past.customers == {"d"}
    assert past.merged == {}
    assert past.conversations == {"c3"}
