"""The dashboard and the alert rules ask for nothing but what the service tells."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from cyclopts import CycloptsError

from gladly_segment.cli.app import app
from gladly_segment.observe import Metrics
from tests.support.promql import Series, defects, in_grafana, labels_in_text, labels_left

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "deploy" / "grafana" / "gladly-segment.json"
RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"

SERIES = Series(Metrics().declared)

Panel = Mapping[str, Any]
Rule = Mapping[str, Any]


def dashboard() -> Mapping[str, Any]:
    return json.loads(DASHBOARD.read_text(encoding="utf-8"))


def panels() -> list[Panel]:
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def queries() -> Iterator[tuple[str, str, str]]:
    """Every query with its panel's title and its legend."""
    for panel in panels():
        for target in panel["targets"]:
            yield panel["title"], in_grafana(target["expr"]), target["legendFormat"]


def rules() -> list[Rule]:
    (group,) = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return group["rules"]


@pytest.mark.parametrize(("title", "query", "legend"), list(queries()))
def test_a_panel_asks_for_what_there_is(title: str, query: str, legend: str) -> None:
    assert defects(query, SERIES) == []
    assert labels_in_text(legend) <= labels_left(query, SERIES), title


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: panel["title"])
def test_a_panel_says_what_it_shows_in_which_unit_and_from_any_data_source(panel: Panel) -> None:
    assert len(panel["description"]) > 20
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert {each["datasource"]["uid"] for each in (panel, *panel["targets"])} == {"${datasource}"}


def test_panels_have_their_own_places() -> None:
    taken = [
        (x, y)
        for panel in dashboard()["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) == 23
    assert len({panel["id"] for panel in dashboard()["panels"]}) == len(dashboard()["panels"])


def test_the_dashboard_can_be_imported_and_narrowed_to_organizations() -> None:
    source, organization = dashboard()["templating"]["list"]

    assert (source["type"], source["query"]) == ("datasource", "prometheus")
    assert (organization["name"], organization["multi"], organization["includeAll"]) == ("organization", True, True)
    asked = re.fullmatch(r"label_values\((\w+), (\w+)\)", organization["query"]["query"])
    assert asked is not None
    assert asked[2] in SERIES.labels[asked[1]]


def test_every_panel_of_events_can_be_narrowed() -> None:
    everywhere = {"Alerts", "Journal", "Trouble", "Connections turned away"}

    assert {title for title, query, _ in queries() if 'organization=~"shop' not in query} == everywhere


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_a_rule_asks_for_what_there_is_and_says_what_to_do(rule: Rule) -> None:
    assert defects(rule["expr"], SERIES) == []
    assert re.fullmatch(r"\d+[mh]", rule["for"])
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert set(rule["annotations"]) == {"summary", "description", "command"}
    for text in rule["annotations"].values():
        assert labels_in_text(text.replace("{{ $value }}", "")) <= labels_left(rule["expr"], SERIES)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_the_command_of_a_rule_exists(rule: Rule) -> None:
    assert is_command(rule["annotations"]["command"])


def test_rules_have_their_own_names() -> None:
    names = [rule["alert"] for rule in rules()]

    assert len(names) == len(set(names))
    assert all(name.startswith("GladlySegment") for name in names)


@pytest.mark.parametrize(
    ("query", "defect"),
    [
        ("sum(gladly_segment_dead_leters)", "there is no metric gladly_segment_dead_leters"),
        ('gladly_segment_dead_letters{organisation="a"}', "there is no label organisation"),
        ("sum by (reason) (gladly_segment_dead_letters)", "there is no label reason"),
        ('gladly_segment_pending_receipts{state="waiting"}', "state is never waiting"),
        ('rate(gladly_segment_settled_total{outcome=~"parked|lost"}[5m])', "outcome is never lost"),
        ("gladly_segment_settled_total", "gladly_segment_settled_total is only of use as a rate"),
        ("rate(gladly_segment_stage_held[5m])", "gladly_segment_stage_held is not of use as a rate"),
        (
            "histogram_quantile(0.9, sum by (organization) (rate(gladly_segment_webhook_seconds_bucket[5m])))",
            "histogram_quantile needs the label le",
        ),
        ("gladly_segment_journal_bytes / on (stage) gladly_segment_journal_max_bytes", "there is no label stage"),
        ("topk(gladly_segment_dead_letters", "cannot be read"),
        ("sum(gladly_segment_dead_letters))", "cannot be read"),
        ("gladly_segment_dead_letters > > 1", "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_query_is_found(query: str, defect: str) -> None:
    assert any(each.startswith(defect) for each in defects(query, SERIES))


def test_a_legend_of_a_label_that_was_summed_away_is_found() -> None:
    query = "sum by (organization) (gladly_segment_dead_letters)"

    assert not labels_in_text("{{organization}} {{cause}}") <= labels_left(query, SERIES)


@pytest.mark.parametrize(
    "command", ["gladly-segment ded list", "gladly-segment dead lists", "gladly-segment dead list --organisation acme"]
)
def test_a_command_that_does_not_exist_is_found(command: str) -> None:
    assert not is_command(command)


def is_command(text: str) -> bool:
    """Tell whether the command line understands this; labels stand for a word."""
    filled = re.sub(r"\{\{ \$labels\.cause \}\}", "event_incomplete", text)
    program, *arguments = shlex.split(re.sub(r"\{\{ \$labels\.\w+ \}\}", "acme", filled))
    try:
        app.parse_args(arguments, print_error=False, exit_on_error=False)
    except CycloptsError:
        return False
    return program == "gladly-segment"
