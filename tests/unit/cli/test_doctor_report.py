"""How findings are written: for people the gravest first and a verdict, for programs one document."""

import json

import pytest

from gladly_segment.cli.doctor.report import print_report, report, write_report
from gladly_segment.core.ids import OrganizationId
from gladly_segment.doctor import Finding, Severity
from gladly_segment.doctor.findings import Check, well
from gladly_segment.doctor.observations import SettingSeen

SHOP = OrganizationId("shop")
SETTING = SettingSeen("server.port", "8080", "given.toml:[7]")


def trouble(severity: Severity = Severity.ERROR) -> Finding:
    return Finding(
        check=Check.WEBHOOK,
        code="webhook_disabled",
        severity=severity,
        organization=SHOP,
        what="it is not [enabled]",
        why="Gladly sends nothing.",
        mend="gladly-segment connect shop",
    )


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")


def test_for_people_it_says_what_why_and_what_mends_it(capsys: pytest.CaptureFixture[str]) -> None:
    print_report([trouble(), well(Check.DISK, "there is room")], ())

    assert capsys.readouterr().out.splitlines() == [
        "error   webhook of shop: it is not [enabled]",
        "        why: Gladly sends nothing.",
        "        mend: gladly-segment connect shop",
        "ok      disk: there is room",
        "Something is wrong. (1 error, 1 ok)",
    ]


@pytest.mark.parametrize(
    ("severities", "last"),
    [
        ([Severity.NOTE, Severity.NOTE], "All is well. (2 notes)"),
        ([Severity.WARNING, Severity.NOTE], "Nothing is lost, but something needs looking after. (1 warning, 1 note)"),
        ([Severity.ERROR, Severity.ERROR, Severity.WARNING], "Something is wrong. (2 errors, 1 warning)"),
    ],
)
def test_the_last_line_is_the_verdict(
    severities: list[Severity], last: str, capsys: pytest.CaptureFixture[str]
) -> None:
    print_report([trouble(each) for each in severities], ())

    assert capsys.readouterr().out.splitlines()[-1] == last


@pytest.mark.parametrize(("organizations", "shown"), [(10, True), (11, False)])
def test_of_many_organizations_what_is_well_is_only_counted(
    organizations: int, shown: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [OrganizationId(f"shop-{number}") for number in range(organizations)]

    print_report([trouble(), *(well(Check.FEED, "events come", name) for name in names[1:])], ())

    out = capsys.readouterr().out
    assert ("events come" in out) == shown
    assert "webhook of shop" in out
    assert f"{organizations - 1} ok" in out


def test_settings_are_shown_where_they_are_wished_for(capsys: pytest.CaptureFixture[str]) -> None:
    print_report([], [SETTING])

    assert capsys.readouterr().out.splitlines()[1].split() == ["server.port", "8080", "given.toml:[7]"]


def test_for_programs_it_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    write_report(report([trouble(), well(Check.DISK, "there is room")], [SETTING]))

    out = capsys.readouterr().out
    document = json.loads(out)
    assert out.count("\n") == 1
    assert (document["verdict"], document["exitStatus"]) == ("error", 3)
    assert document["findings"] == [
        {
            "check": "webhook",
            "code": "webhook_disabled",
            "severity": "error",
            "organization": "shop",
            "what": "it is not [enabled]",
            "why": "Gladly sends nothing.",
            "mend": "gladly-segment connect shop",
        },
        {
            "check": "disk",
            "code": "ok",
            "severity": "ok",
            "organization": None,
            "what": "there is room",
            "why": "",
            "mend": "",
        },
    ]
    assert document["settings"] == [{"key": "server.port", "value": "8080", "origin": "given.toml:[7]"}]
