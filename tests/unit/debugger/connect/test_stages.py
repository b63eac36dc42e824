"""The wizard's stages: each is checked before the next is asked for, and a refusal stands at its field."""

import pytest

from gladly_segment.connect.refusals import Reason
from gladly_segment.core.errors import SettingsError, WrongWorkspaceError
from gladly_segment.debugger.connect import page
from gladly_segment.debugger.connect.watched import Known, Line, Seen
from tests.support.desk import SHOP
from tests.unit.debugger.connect.conftest import ADDRESS, CODE, TOKEN, WRITE_KEY, Visitor, Wizard, refused, secrets_of


async def test_it_begins_with_gladly_and_says_what_is_needed(visitor: Visitor) -> None:
    page = await visitor.see("/connect")

    assert 'aria-current="step"' in page.text
    assert 'name="gladly_token" type="password" autocomplete="off"' in page.text
    assert 'name="segment_write_key"' not in page.text


async def test_stage_by_stage_it_leads_to_a_plan_that_is_shown_before_anything_is_done(
    visitor: Visitor, wizard: Wizard
) -> None:
    assert (await visitor.gladly()).status == 303
    assert "the token opens what is needed" in (await visitor.see()).text
    await visitor.source()
    assert "hold a code" in (await visitor.see()).text
    await visitor.send("/connect/proof", code=CODE)
    await visitor.send("/connect/address", public_url="https://hooks.example.com")

    plan = await visitor.json()

    assert plan["stage"] == "plan"
    assert plan["plan"] == {"at_gladly": [f"Register {ADDRESS}"], "here": ["Declare it"], "foreign": ""}
    assert "connect" not in [what for what, _ in wizard.asked]


async def test_the_yes_begins_it_with_all_that_was_given(visitor: Visitor, wizard: Wizard) -> None:
    await visitor.until_plan()

    begun = await visitor.send("/connect/begin")

    assert begun.location == "/connect/runs/r1"
    what, entry = wizard.asked[-1]
    assert what == "connect"
    assert secrets_of(entry) == {"gladly_token": TOKEN, "segment_write_key": WRITE_KEY}
    assert entry.texts["segment_region"] == "us"
    assert wizard.by == ["admin"]


@pytest.mark.parametrize("reason", [each.value for each in Reason if each.value in page.FIELDS_OF_REASONS])
async def test_a_refusal_stands_at_its_field_in_its_own_words(visitor: Visitor, wizard: Wizard, reason: str) -> None:
    wizard.wrong = {"gladly": refused(reason)}

    await visitor.gladly()

    shown = await visitor.json()
    assert shown["stage"] == "gladly"
    expected = {"reason": reason, "message": f"it is {reason}", "hint": "do this"}
    assert shown["wrong"] == {**expected, "field": page.FIELDS_OF_REASONS[reason]}


def test_every_refusal_of_a_vendor_has_its_field() -> None:
    of_no_field = {Reason.EVENTS_WAIT, Reason.UNDER_WAY, Reason.NO_WEBHOOK}

    assert set(Reason) - of_no_field == set(page.FIELDS_OF_REASONS) - {"wrong_workspace"}


async def test_a_setting_that_cannot_be_stands_at_its_field(visitor: Visitor, wizard: Wizard) -> None:
    key = ("organizations", "acme", "gladly_url")
    wizard.wrong = {"gladly": SettingsError("the setting organizations.acme.gladly_url is x", key=key)}
    await visitor.gladly(gladly_url="x")

    shown = await visitor.see()

    assert 'id="gladly_url-wrong"' in shown.text
    assert 'aria-invalid="true" aria-describedby="gladly_url-help gladly_url-wrong"' in shown.text


async def test_a_name_that_is_none_stands_at_the_name(visitor: Visitor, wizard: Wizard) -> None:
    wizard.wrong = {"gladly": SettingsError("no name", key=("organizations", "A"))}
    await visitor.gladly(organization="A")

    assert 'id="organization-wrong"' in (await visitor.see()).text


async def test_another_code_is_no_proof(visitor: Visitor) -> None:
    await visitor.gladly()
    await visitor.source()
    await visitor.send("/connect/proof", code="NOTTHE")

    shown = await visitor.json()

    assert (shown["stage"], shown["wrong"]["field"]) == ("proof", "code")


async def test_an_event_that_does_not_come_asks_for_the_key_again(visitor: Visitor) -> None:
    await visitor.gladly()
    await visitor.source()
    await visitor.send("/connect/proof", answer="missing")

    shown = await visitor.json()

    assert (shown["stage"], shown["wrong"]["field"]) == ("source", "segment_write_key")


async def test_the_proof_may_be_left_out_and_then_the_code_is_told(visitor: Visitor) -> None:
    await visitor.gladly()
    await visitor.source()
    assert CODE not in (await visitor.see()).text, "what can be copied from here proves nothing"
    await visitor.send("/connect/proof", answer="skip")

    assert f"look for {CODE}" in (await visitor.see()).text


async def test_a_source_that_was_proven_before_is_not_proven_again(visitor: Visitor, wizard: Wizard) -> None:
    wizard.code = ""
    await visitor.gladly()
    await visitor.source()

    assert (await visitor.json())["stage"] == "address"


async def test_a_key_of_another_place_may_be_bound_anew_by_an_explicit_yes(visitor: Visitor, wizard: Wizard) -> None:
    await visitor.gladly()
    assert "may_change_key" not in (await visitor.see()).text
    wizard.wrong = {"source": WrongWorkspaceError("it is bound to another", hint="use that")}
    await visitor.source()
    assert 'name="may_change_key"' in (await visitor.see()).text

    await visitor.source(may_change_key="true")

    assert wizard.asked[-1][1].may_change_key


async def test_somebody_elses_webhook_is_taken_over_only_by_an_explicit_yes(visitor: Visitor, wizard: Wizard) -> None:
    wizard.foreign = "the webhook “old” (id w-1, enabled)"
    await visitor.until_plan()

    assert 'name="take_over" value="true" required' in (await visitor.see()).text
    await visitor.send("/connect/begin", take_over="true")
    assert wizard.begun == (ADDRESS, True)


async def test_a_stage_may_be_given_anew_and_those_behind_it_are_asked_for_again(visitor: Visitor) -> None:
    await visitor.until_plan()
    await visitor.send("/connect/back", stage="source")

    shown = await visitor.json()

    assert shown["stage"] == "source"
    assert list(shown["lines"]) == ["gladly"]
    assert shown["secrets"] == {"gladly_token": True, "segment_write_key": True}


async def test_what_is_known_of_an_organization_need_not_be_given_again(visitor: Visitor, wizard: Wizard) -> None:
    wizard.seen = Seen(
        line=Line("gladly", "ok", "yes"),
        is_known=True,
        known={"segment_region": "eu"},
        secrets_known=frozenset({"gladly_token", "segment_write_key"}),
        address=ADDRESS,
    )
    wizard.known = [Known(name=SHOP, is_of_file=False, is_paused=False)]
    offered = await visitor.see(f"/connect?organization={SHOP}")
    assert 'placeholder="given; empty leaves it as it is"' in offered.text
    await visitor.gladly(gladly_token="", organization=SHOP)

    shown = await visitor.json()

    assert shown["secrets"] == {"gladly_token": True, "segment_write_key": True}
    assert shown["values"]["segment_region"] == "eu"
    assert shown["values"]["public_url"] == ADDRESS


async def test_what_somebody_typed_is_shown_as_text(visitor: Visitor, wizard: Wizard) -> None:
    wizard.wrong = {"gladly": refused("wrong_token")}
    await visitor.gladly(organization='"><script>alert(1)</script>')

    shown = await visitor.see()

    assert "<script>alert" not in shown.text
    assert "&lt;script&gt;" in shown.text
