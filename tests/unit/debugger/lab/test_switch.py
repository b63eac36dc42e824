"""Options count once somebody says so, if nobody changed the organization meanwhile."""

from typing import Any

from gladly_segment.core.errors import SettingsError
from gladly_segment.core.ids import OrganizationId
from gladly_segment.debugger.lab import MappingOptions
from tests.support.desk import FROM_PAGE, SHOP, Answer, Desk
from tests.unit.debugger.lab.conftest import Laboratory
from tests.unit.debugger.lab.test_try import BOTH, ask, ended, send


async def switch(desk: Desk, **document: Any) -> Answer:
    return await ask(desk, "switch", deny=["email"], **document)


async def test_they_count_for_an_organization_of_the_registry(desk: Desk, lab: Laboratory) -> None:
    lab.declare_in_registry()

    answer = await switch(desk, version="v1")

    assert answer.json == {"organization": SHOP}
    assert lab.switched == [(OrganizationId(SHOP), MappingOptions(deny=("email",)), "admin")]


async def test_the_page_offers_to_switch_to_what_was_tried(desk: Desk, lab: Laboratory) -> None:
    lab.declare_in_registry()
    tried = await send(desk, "preview", *BOTH, ("deny", "email"), ("cause", "event_too_large"))
    await ended(desk, tried.location.partition("run=")[2])
    page = (await desk.get(tried.location)).text
    assert f"Switch {SHOP} to these options" in page
    assert 'name="version" value="v1"' in page

    fields = [("deny", "email"), ("cause", "event_too_large"), ("version", "v1"), ("once", "a")]
    answers = [await send(desk, "switch", *BOTH, *fields) for _ in range(2)]

    after = (await desk.get(answers[0].location)).text
    assert "These options count from now on" in after
    assert "Retry the dead letters with the cause event_too_large" in after
    assert answers[0].location == answers[1].location
    assert len(lab.switched) == 1


async def test_what_counts_already_is_not_switched_to(desk: Desk, lab: Laboratory) -> None:
    lab.declare_in_registry()
    tried = await send(desk, "preview", *BOTH)
    await ended(desk, tried.location.partition("run=")[2])

    page = (await desk.get(tried.location)).text

    assert "These are the options that count already" in page
    assert "Switch shop" not in page


async def test_a_change_by_somebody_else_is_not_overwritten(desk: Desk, lab: Laboratory) -> None:
    lab.declare_in_registry()
    lab.version = "v2"

    for answer in (await switch(desk, version="v1"), await switch(desk)):
        assert (answer.status, answer.code) == (409, "changed_meanwhile")
    shown = await send(desk, "switch", *BOTH, ("deny", "email"), ("version", "v1"))
    assert shown.status == 409
    assert "Somebody changed the organization meanwhile." in shown.text
    assert lab.switched == []


async def test_the_settings_file_is_the_users(desk: Desk, lab: Laboratory) -> None:
    answer = await switch(desk, version="v1")

    assert (answer.status, answer.code) == (409, "settings_are_yours")
    assert lab.switched == []


async def test_what_cannot_be_used_does_not_count(desk: Desk, lab: Laboratory) -> None:
    lab.declare_in_registry()

    answer = await ask(desk, "switch", hash=["email"], version="v1")

    assert (answer.status, answer.code) == (422, "wrong_options")
    assert lab.switched == []


async def test_what_stands_in_the_way_of_the_switch_is_told(desk: Desk, lab: Laboratory) -> None:
    lab.declare_in_registry()
    lab.hindrance = SettingsError("the key of secrets is another one", hint="see secrets.key_file")

    answer = await switch(desk, version="v1")

    assert (answer.status, answer.code) == (422, "wrong_options")
    assert answer.json["error"]["message"] == "the key of secrets is another one"
    assert answer.json["error"]["hint"] == "see secrets.key_file"


async def test_what_another_site_makes_a_browser_send_is_refused(desk: Desk, lab: Laboratory) -> None:
    lab.declare_in_registry()
    document = {"events": ["created"], "version": "v1"}

    for path in (f"/lab/{SHOP}/preview", f"/lab/{SHOP}/switch"):
        assert (await desk.ask("POST", path, {"Sec-Fetch-Site": "cross-site"}, json=document)).status == 403
        assert (await desk.ask("POST", path, FROM_PAGE, json=document)).code == "no_form_token"
    assert (lab.switched, lab.previews) == ([], 0)


async def test_an_organization_that_is_not_known_is_refused(desk: Desk) -> None:
    for what in ("preview", "switch"):
        assert (await ask(desk, what, organization="nobody")).code == "no_such_organization"
