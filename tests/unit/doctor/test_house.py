"""Settings, files, secrets, disk, journal and service."""

from typing import Any

import pytest

from gladly_segment.core.ids import OrganizationId
from gladly_segment.doctor.findings import Check, Severity
from gladly_segment.doctor.observations import (
    Disk,
    FileSeen,
    JournalBroken,
    Misbound,
    ServiceSeen,
    SettingSeen,
    Unreached,
    Unseen,
    Unusable,
)
from tests.support.organizations import an_organization
from tests.unit.doctor.builders import ACME, GB, answer, codes, found, journal, listener, observed, organization

MB = 1_000_000
BLIND = Unseen("it is dark")


def disk(**fields: Any) -> Disk:
    given: dict[str, Any] = {"directory": "data", "writable": True, "free_bytes": 100 * GB, **fields}
    return Disk(**given)


def test_when_all_is_well_nothing_grave_is_found() -> None:
    assert codes(observed()) == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        # settings
        ({"organizations": ()}, ["no_organization"]),
        ({"organizations": (), "unusable": (Unusable(ACME, "it is damaged"),)}, ["organization_unusable"]),
        ({"registry": BLIND}, ["not_looked_at"]),
        ({"organizations": (), "registry": BLIND}, ["not_looked_at"]),
        # files
        ({"files": (FileSeen("f", 0o100640),)}, []),
        ({"files": (FileSeen("f", 0o100651),)}, []),
        ({"files": (FileSeen("f", 0o100604),)}, ["file_open_to_all"]),
        ({"files": (BLIND,)}, ["not_looked_at"]),
        # secrets
        ({"unusable": (Unusable(None, "there is no key"),)}, ["secrets_closed"]),
        ({"misbound": (Misbound(ACME, "acme is bound to another write key", "use that key"),)}, ["write_key_misbound"]),
        ({"same_key": ((ACME, OrganizationId("other")),)}, ["write_key_shared"]),
        # disk
        ({"disk": BLIND}, ["not_looked_at"]),
        ({"disk": disk(writable=False)}, ["data_dir_read_only"]),
        ({"disk": disk(file_system="ext4")}, []),
        ({"disk": disk(file_system="nfs4")}, ["data_dir_remote"]),
        ({"disk": disk(free_bytes=100 * MB - 1)}, ["disk_full"]),
        ({"disk": disk(free_bytes=100 * MB)}, ["disk_filling"]),
        ({"disk": disk(free_bytes=GB - 1)}, ["disk_filling"]),
        ({"disk": disk(free_bytes=GB)}, []),
        # journal
        ({"journal": None}, []),
        ({"journal": BLIND}, ["not_looked_at"]),
        ({"journal": JournalBroken("page 3", "restore", damaged=True)}, ["journal_damaged"]),
        ({"journal": JournalBroken("version 9", "upgrade")}, ["journal_unreadable"]),
        ({"journal": journal(verified=JournalBroken("page 3", "", damaged=True))}, ["journal_damaged"]),
        ({"journal": journal(verified=False)}, []),
        ({"journal": journal(used_bytes=50 * GB)}, ["journal_full"]),
        ({"journal": journal(used_bytes=50 * GB - 1)}, ["journal_filling"]),
        ({"journal": journal(used_bytes=40 * GB)}, ["journal_filling"]),
        ({"journal": journal(used_bytes=40 * GB - 1)}, []),
        # service
        ({"service": BLIND}, ["not_looked_at"]),
        ({"service": ServiceSeen(False)}, ["service_down"]),
        ({"service": ServiceSeen(True, (BLIND,))}, ["not_looked_at"]),
        ({"service": ServiceSeen(True, (listener(Unreached("refused")),))}, ["listener_silent"]),
        ({"service": ServiceSeen(True, (listener(answer(404)),))}, ["listener_silent"]),
        ({"service": ServiceSeen(True, (listener(answer(), answer(503)),))}, ["service_not_ready"]),
        ({"service": ServiceSeen(True, (listener(answer(), Unreached("late")),))}, ["service_not_ready"]),
    ],
)
def test_what_is_seen_leads_to_what_is_found(fields: dict[str, Any], expected: list[str]) -> None:
    assert codes(observed(**fields)) == expected


@pytest.mark.parametrize(
    ("free_gb", "a_day_gb", "used_gb", "expected"),
    [
        (13.9, 1.0, 10, ["disk_filling"]),
        (14.0, 1.0, 10, []),
        # Retention frees as much as comes: 30 days of 1 GB are there already.
        (13.9, 1.0, 30, []),
        (13.9, 1.0, 16.2, []),
        (13.9, 1.0, 16.0, ["disk_filling"]),
        # No more than journal_max_gb comes.
        (13.9, 2.0, 36.2, []),
    ],
)
def test_a_disk_must_hold_what_comes_before_retention_frees_as_much(
    free_gb: float, a_day_gb: float, used_gb: float, expected: list[str]
) -> None:
    seen = observed(
        disk=disk(free_bytes=int(free_gb * GB)),
        journal=journal(used_bytes=int(used_gb * GB), bytes_per_day=a_day_gb * GB),
    )

    assert codes(seen) == expected


def test_a_disk_with_little_room_tells_for_how_long_it_lasts() -> None:
    seen = observed(disk=disk(free_bytes=7 * GB), journal=journal(bytes_per_day=2.0 * GB))

    (finding,) = found(seen)

    assert "7.0 GB are free" in finding.what
    assert "3.5 days" in finding.what


def test_a_journal_that_does_not_exist_yet_is_worth_a_note() -> None:
    assert "no_journal" in codes(observed(journal=None), Severity.NOTE)


def test_how_to_mend_a_journal_of_another_version_is_what_the_journal_says() -> None:
    (finding,) = found(observed(journal=JournalBroken("version 9", "run a newer one")))

    assert (finding.what, finding.mend) == ("version 9", "run a newer one")


def test_organizations_that_a_broken_journal_hides_are_no_trouble_of_their_own() -> None:
    seen = observed(registry=BLIND, journal=JournalBroken("page 3", "", damaged=True))

    assert codes(seen) == ["journal_damaged"]
    assert "left_out" in codes(seen, Severity.NOTE)


def test_a_paused_organization_is_worth_a_note() -> None:
    seen = observed(organizations=(organization(an_organization(paused=True)),))

    (note,) = [each for each in found(seen, Severity.NOTE) if each.code == "organization_paused"]

    assert note.mend == "gladly-segment organizations resume acme"


def test_what_was_left_out_on_purpose_is_no_warning() -> None:
    seen = observed(service=ServiceSeen(True, (Unseen("its port was chosen", expected=True),)))

    assert codes(seen) == []
    assert "left_out" in codes(seen, Severity.NOTE)


def test_a_file_that_is_open_to_all_is_named_in_what_mends_it() -> None:
    (finding,) = found(observed(files=(FileSeen("keys/token", 0o100644),)))

    assert finding.mend == "chmod o-rwx keys/token"


def test_of_organizations_with_one_key_all_are_named() -> None:
    (finding,) = found(observed(same_key=((ACME, OrganizationId("other")),)))

    assert finding.what.startswith("acme, other have the same")
    assert finding.organization == "other"


@pytest.mark.parametrize(
    ("sealed", "unusable", "said"),
    [(3, (), True), (0, (), False), (3, (Unusable(None, "there is no key"),), False)],
)
def test_the_key_is_well_where_it_was_tried(sealed: int, unusable: Any, said: bool) -> None:
    seen = found(observed(sealed=sealed, unusable=unusable), Severity.OK)

    assert any(each.check is Check.SECRETS and each.severity is Severity.OK for each in seen) == said


@pytest.mark.parametrize(
    ("size_bytes", "said"),
    [(999_499, "999 kB"), (1_000_000, "1.0 MB"), (1_000_000_000, "1.0 GB"), (1_550_000_000, "1.6 GB")],
)
def test_sizes_are_written_for_people(size_bytes: int, said: str) -> None:
    seen = found(observed(journal=journal(size_bytes=size_bytes)), Severity.OK)

    assert any(f"takes {said}," in each.what for each in seen)


def test_it_counts_what_is_set() -> None:
    settings = (SettingSeen("a", "1", "default"), SettingSeen("b", "1", "file:1"), SettingSeen("c", "1", "VARIABLE"))

    assert any(each.what.startswith("2 values are set") for each in found(observed(settings=settings), Severity.OK))


def test_offline_is_told_once_for_all() -> None:
    nobody = organization(gladly=BLIND, segment=BLIND, webhooks=BLIND)

    seen = codes(observed(organizations=(nobody, nobody), offline=True), Severity.NOTE)

    assert (seen.count("left_out"), seen.count("not_looked_at")) == (1, 0)
