"""Settings as they are shown, and as they are changed: by whom, which, and what stood in the way."""

import pytest

from gladly_segment.debugger.settings.watched import Changed, Rejected, Stale
from gladly_segment.debugger.wrong import Wrong
from tests.support.desk import BEARER, FROM_PAGE, OTHER_SHOP, SHOP, Answer, Desk
from tests.unit.debugger.settings.conftest import NEW_SECRET, Service

WRONG = Wrong(reason="settings", message="max_backlog is too small", hint="", field="max_backlog")


async def send(desk: Desk, path: str, **fields: str) -> Answer:
    token = (await desk.get(f"/settings?organization={SHOP}")).form_token
    form = {"form_token": token, "organization": SHOP, "version": "v1", **fields}
    return await desk.post(path, FROM_PAGE, **form)


async def test_a_setting_is_shown_with_value_default_origin_and_meaning(desk: Desk) -> None:
    page = (await desk.get(f"/settings?organization={SHOP}")).text
    shown = (await desk.get(f"/settings.json?organization={SHOP}")).json["organization"]

    assert 'name="set:max_backlog" value="1000"' in page
    assert "The meaning of max_backlog." in page
    assert "settings changed" in page
    assert shown["settings"][0]["origin"] == "declared"
    assert shown["settings"][0]["default"] == "1000"


async def test_a_secret_is_shown_as_set_and_its_field_is_empty(desk: Desk) -> None:
    page = (await desk.get(f"/settings?organization={SHOP}")).text

    assert 'name="secret" type="password" autocomplete="off"' in page
    assert 'name="set:gladly_token"' not in page


async def test_without_a_choice_the_service_is_shown(desk: Desk) -> None:
    shown = (await desk.get("/settings.json")).json

    assert shown["organization"] is None
    assert [each["key"] for each in shown["service"]] == ["journal_max_gb"]
    assert "journal_max_gb" in (await desk.get("/settings")).text


async def test_what_the_file_declares_is_shown_with_the_line_to_change(desk: Desk) -> None:
    page = (await desk.get(f"/settings?organization={OTHER_SHOP}")).text

    assert "/etc/shop.toml:7" in page
    assert "[organizations.shop]\nmax_backlog = 1000" in page
    assert "which is yours" in page
    assert 'name="set:' not in page


async def test_what_the_file_declares_is_not_changed(desk: Desk, service: Service) -> None:
    answers = [
        await send(desk, path, organization=OTHER_SHOP, key="gladly_token", secret=NEW_SECRET)
        for path in ("/settings/change", "/settings/secret", "/settings/webhook")
    ]

    assert [each.code for each in answers] == ["settings_are_yours"] * 3
    assert (service.changes, service.replaced, service.renewed) == ([], [], [])


async def test_a_change_is_made_in_somebodys_name_and_told(desk: Desk, service: Service) -> None:
    sent = await send(desk, "/settings/change", **{"set:max_backlog": "5"})

    assert sent.location == f"/settings?organization={SHOP}&changed=max_backlog"
    ((change, typed),) = service.changes
    assert (change.by, change.version, typed) == ("admin", "v1", {"max_backlog": "5"})
    assert "Changed: max_backlog." in (await desk.get(sent.location)).text


async def test_only_names_of_settings_are_told_as_changed(desk: Desk) -> None:
    page = (await desk.get(f"/settings?organization={SHOP}&changed=max_backlog,call+0900-FRAUD")).text

    assert "Changed: max_backlog." in page
    assert "FRAUD" not in page


async def test_what_cannot_be_stands_at_its_field_with_what_was_typed(desk: Desk, service: Service) -> None:
    service.outcome = Rejected((WRONG,))

    sent = await send(desk, "/settings/change", **{"set:max_backlog": '"><script>'})

    assert sent.status == 422
    assert '<p class="wrong" id="max_backlog-wrong">max_backlog is too small</p>' in sent.text
    assert 'value="&#34;&gt;&lt;script&gt;"' in sent.text


async def test_what_somebody_changed_meanwhile_is_not_overwritten(desk: Desk, service: Service) -> None:
    service.outcome = Stale()

    sent = await send(desk, "/settings/change", **{"set:max_backlog": "5"})

    assert (sent.status, sent.code) == (409, "changed_meanwhile")


async def test_a_program_changes_settings_with_a_document(closed_desk: Desk, service: Service) -> None:
    document = {"organization": SHOP, "version": "v1", "settings": {"max_backlog": "5"}}

    sent = await closed_desk.ask("POST", "/settings/change", BEARER, json=document)

    assert (sent.status, sent.json["changed"]) == (200, ["max_backlog"])
    assert service.changes[0][1] == {"max_backlog": "5"}


async def test_a_secret_goes_in_and_is_told_by_its_name(desk: Desk, service: Service) -> None:
    service.outcome = Changed(("gladly_token",), "ABC234")

    sent = await send(desk, "/settings/secret", key="gladly_token", secret=f" {NEW_SECRET} ")

    assert [each[1:] for each in service.replaced] == [("gladly_token", NEW_SECRET, False)]
    shown = (await desk.get(sent.location)).text
    assert "Changed: gladly_token." in shown
    assert "ABC234" in shown
    assert NEW_SECRET not in sent.location + shown


async def test_a_secret_that_was_refused_is_not_given_back(desk: Desk, service: Service) -> None:
    wrong = Wrong(reason="wrong_token", message="Gladly does not take it", hint="make one", field="gladly_token")
    service.outcome = Rejected((wrong,))

    sent = await send(desk, "/settings/secret", key="gladly_token", secret=NEW_SECRET, unchecked="true")

    assert 'id="gladly_token-wrong">Gladly does not take it' in sent.text
    assert NEW_SECRET not in sent.text
    assert service.replaced[0][3]


@pytest.mark.parametrize("headers", [{"Host": "debugger.example.com"}, {"X-Forwarded-For": "192.0.2.1"}], ids=str)
async def test_over_http_from_elsewhere_no_secret_is_taken(
    closed_desk: Desk, service: Service, headers: dict[str, str]
) -> None:
    form = {"organization": SHOP, "version": "v1", "key": "gladly_token", "secret": NEW_SECRET}

    page = await closed_desk.get(f"/settings?organization={SHOP}", {**BEARER, **headers})
    sent = await closed_desk.post("/settings/secret", {**BEARER, **headers}, **form)

    assert 'type="password"' not in page.text
    assert (sent.status, sent.code) == (403, "not_confidential")
    assert service.replaced == []


async def test_the_webhooks_credentials_are_renewed_as_a_run(desk: Desk, service: Service) -> None:
    assert (await send(desk, "/settings/webhook")).location == "/connect/runs/r1"

    assert service.renewed == [(SHOP, "admin")]


async def test_who_is_not_known_is_not_shown(desk: Desk) -> None:
    answer = await desk.get("/settings.json?organization=nobody")

    assert (answer.status, answer.code) == (404, "no_such_organization")


async def test_a_code_that_is_none_is_not_shown(desk: Desk) -> None:
    answer = await desk.get(f"/settings.json?organization={SHOP}&code=call+me")

    assert (answer.status, answer.code) == (400, "bad_query")


async def test_a_form_that_another_site_sends_is_refused(desk: Desk, service: Service) -> None:
    form = {"organization": SHOP, "version": "v1", "set:max_backlog": "5"}

    sent = await desk.post("/settings/change", FROM_PAGE, **form)

    assert sent.code == "no_form_token"
    assert service.changes == []
