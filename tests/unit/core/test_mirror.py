"""The mirror check's judgement: each messageId by itself, and what they come to together."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gladly_segment.core.identity import created_key, message_id
from gladly_segment.core.ids import ConversationId, MessageId, Seq
from gladly_segment.core.mirror import Accepted, Account, Finding, Mirrored, Reckoning, is_ours, key_of
from tests.support.clock import START
from tests.support.receipts import SHOP

MESSAGE = MessageId("gladly-1")
DUE_BEFORE = START


def mirrored(*, arrived: int, accepted_s: float | None = None, is_known: bool = True) -> Mirrored:
    """One that was accepted so many seconds after what is due, if at all."""
    accepted = None
    if accepted_s is not None:
        accepted = Accepted(
            message_id=MESSAGE, organization=SHOP, seq=Seq(1), at=DUE_BEFORE + timedelta(seconds=accepted_s)
        )
    return Mirrored(message_id=MESSAGE, arrived=arrived, accepted=accepted, is_known=is_known)


@pytest.mark.parametrize(
    ("each", "finding", "account"),
    [
        (mirrored(accepted_s=-1, arrived=1), None, Account(accepted=1, arrived=1)),
        (mirrored(accepted_s=-0.001, arrived=0), Finding.MISSING, Account(accepted=1, missing=1)),
        (mirrored(accepted_s=0, arrived=0), None, Account(accepted=1, awaited=1)),
        (mirrored(accepted_s=5, arrived=1), None, Account(accepted=1, arrived=1)),
        (mirrored(accepted_s=-1, arrived=2), Finding.DOUBLED, Account(accepted=1, arrived=1, doubled=1)),
        (mirrored(arrived=1), None, Account()),
        (mirrored(arrived=3), Finding.DOUBLED, Account(doubled=1)),
        (mirrored(arrived=1, is_known=False), Finding.STRANGE, Account(strange=1)),
        (mirrored(arrived=2, is_known=False), Finding.STRANGE, Account(strange=1)),
    ],
)
def test_each_is_judged_by_what_both_sides_know(each: Mirrored, finding: Finding | None, account: Account) -> None:
    reckoning = Reckoning(DUE_BEFORE)

    assert reckoning.note(each) is finding
    assert reckoning.account == account
    assert account.is_even == (finding is None)


@given(
    st.lists(
        st.builds(
            mirrored,
            arrived=st.integers(0, 3),
            accepted_s=st.none() | st.floats(-10, 10),
            is_known=st.just(True),
        )
    )
)
def test_an_account_adds_up(many: list[Mirrored]) -> None:
    reckoning = Reckoning(DUE_BEFORE)

    findings = Counter(reckoning.note(each) for each in many)

    account = reckoning.account
    assert account.accepted == sum(each.accepted is not None for each in many)
    assert account.accepted == account.arrived + account.missing + account.awaited
    assert (account.missing, account.doubled) == (findings[Finding.MISSING], findings[Finding.DOUBLED])


def test_ours_are_told_by_their_form() -> None:
    key = created_key(SHOP, ConversationId("c-1"))

    assert is_ours(message_id(key))
    assert key_of(message_id(key)) == key
    for other in ("", "gladly-", "gladly-segment-test-0123", f"{message_id(key)}0", f" {message_id(key)}", "ajs-1"):
        assert not is_ours(other)
