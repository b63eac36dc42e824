"""What findings have in common: their order, the verdict, and a catalogue without gaps."""

from pathlib import Path

import pytest

from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import Origin
from gladly_segment.doctor.catalogue import KINDS
from gladly_segment.doctor.codes import Code, Kind
from gladly_segment.doctor.findings import Check, Severity, exit_status, verdict, well
from gladly_segment.doctor.observations import FileSeen, ServiceSeen, Unseen
from tests.support.organizations import an_organization
from tests.unit.doctor.builders import codes, found, observed, organization, replaced, webhook

OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"


@pytest.mark.parametrize(
    ("severity", "status"), [(Severity.OK, 0), (Severity.NOTE, 0), (Severity.WARNING, 1), (Severity.ERROR, 3)]
)
def test_the_exit_status_follows_the_verdict_and_leaves_2_to_wrong_usage(severity: Severity, status: int) -> None:
    assert exit_status(severity) == status


def test_the_verdict_is_the_gravest_finding() -> None:
    findings = found(observed(files=(FileSeen("f", 0o100604),)), Severity.OK)

    assert verdict(findings) is Severity.WARNING
    assert verdict(found(observed(), Severity.OK)) is Severity.NOTE
    assert verdict([well(Check.DISK, "there is room")]) is Severity.OK
    assert verdict([]) is Severity.OK


def test_the_gravest_come_first() -> None:
    seen = observed(files=(FileSeen("f", 0o100604),), service=ServiceSeen(False), disk=Unseen("it is dark"))

    assert codes(seen) == ["service_down", "file_open_to_all", "not_looked_at"]
    severities = [each.severity for each in found(seen, Severity.OK)]
    assert severities == sorted(severities, key=list(reversed(Severity)).index)


def test_everything_that_is_not_well_says_why_it_matters_and_what_mends_it() -> None:
    assert KINDS.keys() == set(Code)
    assert [code for code, kind in KINDS.items() if not kind.why or not kind.mend] == []
    assert [code for code, kind in KINDS.items() if kind.severity is Severity.OK] == []


def test_what_is_well_needs_no_mending() -> None:
    fine = [each for each in found(observed(), Severity.OK) if each.severity is Severity.OK]

    assert {(each.code, each.why, each.mend) for each in fine} == {("ok", "", "")}
    assert {each.check for each in fine} == set(Check) - {Check.DOUBLES}


def test_a_finding_that_belongs_to_an_organization_names_it() -> None:
    names = {each.organization for each in found(observed(), Severity.OK)}

    assert names == {None, OrganizationId("acme")}


def test_the_operations_page_lists_every_finding_as_the_code_has_it() -> None:
    filled = ("path", "url", "setting", "cause", "since")
    names = {name: name.upper() for name in filled} | {
        "organization": "ORG",
        "hint": "(as the finding says)",
        "action": "(the cause's remedy)",
    }

    rows = [
        f"| `{code}` | {kind.severity} | {kind.why} | {_mended(kind).format_map(names)} |"
        for code, kind in ((code, KINDS[code]) for code in Code)
    ]

    assert "\n".join(rows) in OPERATIONS.read_text("utf-8")


def _mended(kind: Kind) -> str:
    return f"{kind.mend} — Declared in the settings: {kind.mend_in_settings}" if kind.mend_in_settings else kind.mend


@pytest.mark.parametrize(
    ("origin", "mend"),
    [
        (Origin.REGISTRY, "gladly-segment connect acme"),
        (Origin.FILE, "In Gladly (Settings, Webhooks), add these events to it."),
    ],
)
def test_what_mends_an_organization_depends_on_where_it_is_declared(origin: Origin, mend: str) -> None:
    shop = replaced(an_organization(), origin=origin)
    seen = observed(organizations=(organization(shop, webhooks=[webhook(events=("CONVERSATION/CLOSED",))]),))

    missing = next(each for each in found(seen) if each.code == Code.WEBHOOK_EVENTS_MISSING)

    assert missing.mend == mend
    assert missing.organization == shop.name
