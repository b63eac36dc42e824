"""A day on which webhooks are lost at random, customers merged and deleted, and the feed is disabled for hours."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from gladly_segment.cli.certificates import ShownCertificate, ShownDifference
from gladly_segment.sandbox.audit import GladlyBooks
from gladly_segment.sandbox.audit.books import Occurrence
from gladly_segment.sandbox.audit.facts import Facts
from tests.system.past.day import HOUR, HOURS, Day, day

SEED = 20261124
DISABLED = (7, 8)
UNRECONCILED = ("-m", "tests.system.past.unreconciled")


def missed(books: GladlyBooks) -> list[Occurrence]:
    """Occurrences of which no webhook told the service."""
    facts = Facts(books)
    return [each for each in books.occurrences if facts.handover(each) is None]


def named(certificates: Sequence[ShownCertificate], kind: str) -> list[ShownDifference]:
    return [each for certificate in certificates for each in certificate.differences if each.kind == kind]


async def closed_now(here: Day) -> tuple[str, str]:
    """Let a conversation be closed, and give its id and that of the closing's event, once all has settled."""
    conversation = await here.world.gladly.conversation("somebody")
    await here.world.settled()
    events = (await here.world.gladly.books()).occurrences
    return conversation, next(each.event_id for each in events[::-1] if each.kind == "CLOSED")


async def test_the_day_is_complete_and_each_gap_is_named(tmp_path: Path) -> None:
    async with day(tmp_path, seed=SEED) as here:
        await here.play(disabled=DISABLED)

        status, certificates = await here.certified(here.began + HOUR, here.ended)

        books, report = await here.books()
        assert report.ok, (report.lost, report.doubled, report.out_of_order, report.unfaithful, report.unexplained)
        assert status == 0
        assert [each.standing for each in certificates] == ["complete"] * (HOURS - 1)
        assert all(
            each.at_gladly == each.in_journal == each.accepted + sum(each.suppressed.values()) for each in certificates
        )
        recovered = [each.event_id for each in named(certificates, "recovered")]
        assert len(recovered) > 20
        assert sorted(recovered) == sorted(each.event_id for each in missed(books))


async def test_a_planted_double_and_a_planted_loss_are_found_by_id(tmp_path: Path) -> None:
    async with day(tmp_path, seed=SEED) as here:
        doubled, doubled_event = await closed_now(here)
        await here.told_otherwise(doubled_event)
        lost, lost_event = await closed_now(here)
        await here.world.service.stop()
        forget(here, lost_event)
        await here.world.service.start()

        await here.pass_to(1)
        status, certificates = await here.certified(here.began, here.began + HOUR)

        (double,) = named(certificates, "doubled")
        assert (double.conversation, len(double.numbers), len(set(double.message_ids))) == (doubled, 2, 2)
        found = [*named(certificates, "missing"), *named(certificates, "recovered")]
        assert [(each.conversation, each.event_id) for each in found] == [(lost, lost_event)]
        assert [each.standing for each in certificates] == ["incomplete"]
        assert status == 1


async def test_without_reconciling_the_audit_finds_what_was_lost(tmp_path: Path) -> None:
    async with day(tmp_path, seed=SEED, program=UNRECONCILED) as here:
        await here.play(disabled=DISABLED)

        books, report = await here.books()

        assert len(report.lost) > 20
        assert {each.id for each in report.lost} <= {each.event_id for each in missed(books)}


def forget(here: Day, event: str) -> None:
    """Delete the receipt of an event from the journal's file, as no operation of the service does."""
    journal = sqlite3.connect(here.world.service.data_dir / "journal.sqlite")
    with journal:
        deleted = journal.execute("DELETE FROM receipts WHERE event_id = ?", (event,)).rowcount
    journal.close()
    assert deleted == 1
