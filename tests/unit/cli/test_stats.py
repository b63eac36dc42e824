"""`stats`: the overview's numbers on the terminal and as JSON."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from gladly_segment.core.ids import Lane, OrganizationId, ReceiptKey
from gladly_segment.core.lifecycle import IgnoreReason, ParkCause, State
from gladly_segment.core.records import Receipt, Source
from gladly_segment.journals.sqlite import SqliteJournal, open_journal
from gladly_segment.ports.registry import Feed
from gladly_segment.service.beside import rebuild_history
from gladly_segment.service.clock import SystemClock
from tests.support.clock import START
from tests.unit.cli.conftest import Command

SHOP, OTHER_SHOP = OrganizationId("shop"), OrganizationId("other-shop")
THIRD_SHOP = OrganizationId("third-shop")
SETTINGS = "".join(
    f"""
[organizations.{name}]
gladly_user = "api@shop.example"
gladly_token = "token-of-shop"
segment_write_key = "key-of-{name}"
webhook_username = "gladly"
webhook_passwords = ["password-of-shop"]
"""
    for name in (SHOP, THIRD_SHOP)
)
NAMES = ("received", "delivered", "suppressed", "ignored", "parked", "dropped", "waiting")


def receipt(number: int, organization: OrganizationId, minutes_ago: int, state: State) -> Receipt:
    reasons = {State.IGNORED: IgnoreReason.TYPE_NOT_MAPPED, State.PARKED: ParkCause.EVENT_INCOMPLETE}
    return Receipt(
        organization=organization,
        key=ReceiptKey(f"{number:032x}"),
        lane=Lane(f"conversation-{number}"),
        event_type="CONVERSATION/CREATED",
        event_id=f"event-{number}",
        occurred_at=None,
        received_at=SystemClock().now() - timedelta(minutes=minutes_ago),
        source=Source.WEBHOOK,
        body=b"{}",
        state=state,
        reason=reasons.get(state),
    )


@pytest.fixture
async def journal(data_dir: Path) -> AsyncIterator[SqliteJournal]:
    """Five events of two shops, with their history."""
    journal = await open_journal(data_dir, SystemClock())
    events = [
        (SHOP, 5, State.RECEIVED),
        (SHOP, 10, State.IGNORED),
        (SHOP, 200, State.PARKED),
        (OTHER_SHOP, 15, State.IGNORED),
        (OTHER_SHOP, 60 * 24 * 3, State.IGNORED),
    ]
    for number, event in enumerate(events):
        await journal.append(receipt(number, *event))
    await rebuild_history(data_dir, lambda _done, _of: None)
    yield journal
    await journal.close()


async def test_the_terminal_shows_figures_that_add_up(command: Command, journal: SqliteJournal) -> None:
    ended = await command("stats")

    lines = [line.split() for line in ended.out.splitlines()]
    assert ["shop", "3", "0", "0", "1", "1", "0", "1", "-", "-", "-"] in lines
    assert ["other-shop", "1", "0", "0", "1", "0", "0", "0", "-", "-", "-"] in lines
    assert ["together", "4", "0", "0", "2", "1", "0", "1", "-", "-", "-"] in lines
    assert "history up to date" in ended.out


async def test_json_is_that_of_the_pages(command: Command, journal: SqliteJournal) -> None:
    (stats,) = (await command("stats", "--json", "--range", "all")).documents

    flow, status = stats["flow"], stats["status"]
    assert flow["whole"]["received"] == sum(each["received"] for each in status["organizations"]) == 5
    for name in NAMES:
        assert sum(each[name] for each in flow["spans"]) == flow["whole"][name]
        assert sum(each[name] for each in flow["organizations"]) == flow["whole"][name]
        assert sum(each[name] for each in status["organizations"]) == flow["whole"][name]
    assert [each["name"] for each in flow["organizations"]] == ["other-shop", "shop"]


async def test_one_organization_and_an_own_time(command: Command, journal: SqliteJournal) -> None:
    (stats,) = (await command("stats", "--json", "--organization", "shop", "--since", "4h", "--until", "7m")).documents

    assert stats["flow"]["organization"] == "shop"
    assert (stats["flow"]["whole"]["received"], stats["flow"]["open"]) == (2, False)


async def test_steps_are_those_that_were_asked_for(command: Command, journal: SqliteJournal) -> None:
    (stats,) = (await command("stats", "--json", "--since", "4h", "--step", "1h")).documents
    shown = await command("stats", "--since", "4h", "--step", "1h")

    assert stats["flow"]["step_s"] == 3_600
    assert stats["flow"]["spans"][0]["received"] == 1
    assert sum(each["received"] for each in stats["flow"]["spans"]) == 4
    assert stats["flow"]["spans"][0]["start"][:16] in shown.out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--since", "yesterday"), "since is no time"),
        (("--since", "1h", "--until", "2h"), "since is not before until"),
        (("--step", "0m"), "'0m' is no step"),
        (("--step", "5"), "'5' is no step"),
        (("--range", "all", "--since", "30d", "--step", "1m"), "that would be too many steps"),
        (("--organization", "nowhere"), "there is no organization nowhere"),
    ],
)
async def test_what_cannot_be_done_is_told_in_one_sentence(
    command: Command, journal: SqliteJournal, arguments: tuple[str, ...], complaint: str
) -> None:
    assert complaint in (await command("stats", *arguments)).complaint


async def test_without_a_journal_it_says_so(command: Command, tmp_path: Path) -> None:
    ended = await command("stats", "--data-dir", tmp_path / "nowhere")

    assert "there is no journal" in ended.complaint


async def test_a_removed_history_is_told_with_the_way_out(
    command: Command, journal: SqliteJournal, data_dir: Path
) -> None:
    (data_dir / "history.sqlite").unlink()

    ended = await command("stats")

    assert ended.status == 2
    assert "gladly-segment history rebuild" in ended.err


async def test_pauses_and_webhooks_are_shown_as_they_were_noted(
    command: Command, journal: SqliteJournal, tmp_path: Path
) -> None:
    settings = tmp_path / "gladly-segment.toml"
    settings.write_text(SETTINGS)
    await journal.registry.pause(SHOP, paused=True)
    await journal.registry.note_feed(Feed(organization=THIRD_SHOP, disabled_since=START))

    (stats,) = (await command("stats", "--json", "--config", settings)).documents
    shown = await command("stats", "--config", settings)

    standings = {each["name"]: each["standing"] for each in stats["status"]["organizations"]}
    assert standings == {"shop": "paused", "other-shop": "removed", "third-shop": "active"}
    assert "disabled since 2026-03-01T12:00:00.000Z" in shown.out
