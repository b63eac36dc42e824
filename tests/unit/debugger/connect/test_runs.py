"""What takes its time: shown as it goes, taken back when somebody says so; and the question before a disconnection."""

import msgspec
import pytest

from gladly_segment.debugger.connect.watched import Line, RunState
from gladly_segment.debugger.wrong import Wrong
from tests.support.desk import SHOP, Desk
from tests.unit.debugger.connect.conftest import Visitor, Wizard


@pytest.fixture
async def begun(visitor: Visitor) -> Visitor:
    await visitor.until_plan()
    await visitor.send("/connect/begin")
    return visitor


def become(wizard: Wizard, **fields: object) -> None:
    wizard.runs["r1"] = msgspec.structs.replace(wizard.runs["r1"], **fields)


async def test_steps_are_shown_as_they_are_done(begun: Visitor, wizard: Wizard) -> None:
    become(wizard, lines=(Line("webhook", "changed", "registered at Gladly"),))

    page = await begun.see("/connect/runs/r1")
    twin = (await begun.desk.get("/connect/runs/r1.json")).json["run"]

    assert "registered at Gladly" in page.text
    assert '<meta http-equiv="refresh"' in page.text, "without a script it goes on as well"
    assert (twin["state"], twin["lines"][0]["step"]) == ("under_way", "webhook")


async def test_at_the_end_the_way_to_the_first_event_is_shown(begun: Visitor, wizard: Wizard) -> None:
    become(wizard, state=RunState.DONE, made_key="/var/lib/gladly-segment.key")

    page = await begun.see("/connect/runs/r1")

    assert 'href="/events?organization=acme"' in page.text
    assert "/var/lib/gladly-segment.key" in page.text


async def test_a_refusal_is_told_with_what_was_taken_back_and_the_way_to_try_again(
    begun: Visitor, wizard: Wizard
) -> None:
    wrong = Wrong(reason="ping_not_answered", message="Gladly got no 200", hint="look at your proxy")
    become(wizard, state=RunState.REFUSED, wrong=wrong)

    page = await begun.see("/connect/runs/r1")

    assert "Gladly got no 200" in page.text
    assert "what had been changed was taken back" in page.text
    assert f'href="/connect?draft={begun.draft}"' in page.text


async def test_it_is_taken_back_when_somebody_says_so(begun: Visitor, wizard: Wizard) -> None:
    assert (await begun.send("/connect/runs/r1/cancel")).location == "/connect/runs/r1"

    assert wizard.runs["r1"].state is RunState.CANCELLED


async def test_a_run_that_nobody_remembers_says_how_to_go_on(desk: Desk) -> None:
    answer = await desk.get("/connect/runs/unknown.json")

    assert (answer.status, answer.code) == (404, "no_such_run")


async def test_an_organization_is_disconnected_when_its_name_was_typed(visitor: Visitor, wizard: Wizard) -> None:
    asked = await visitor.see(f"/connect/disconnect?organization={SHOP}")
    assert f"Type <code>{SHOP}</code>" in asked.text

    mistyped = await visitor.send("/connect/disconnect", organization=SHOP, typed="shopp")
    assert (mistyped.status, wizard.by) == (422, [])
    assert "is not that of the organization" in mistyped.text

    done = await visitor.send("/connect/disconnect", organization=SHOP, typed=SHOP, drop_waiting="true")
    assert (done.location, wizard.by) == ("/connect/runs/r1", ["admin drops"])


async def test_an_unknown_organization_is_not_disconnected(visitor: Visitor, wizard: Wizard) -> None:
    sent = await visitor.send("/connect/disconnect", organization="nobody", typed="nobody")

    assert (sent.status, wizard.by) == (404, [])
