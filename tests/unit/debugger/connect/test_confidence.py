"""What is secret comes in and never goes out, is kept for as long as it is needed, and crosses nothing in the clear."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from gladly_segment.admin import AccessRules
from gladly_segment.debugger.connect import Drafts
from tests.support.desk import BEARER, FROM_PAGE, OF_PROXY, OF_TOKEN, USER_HEADER, Desk
from tests.unit.debugger.connect.conftest import TOKEN, WRITE_KEY, Visitor, Wizard, refused

GIVEN = {"organization": "acme", "gladly_user": "api@acme.example", "gladly_token": TOKEN}

Opened = Callable[[AccessRules], Awaitable[Desk]]


async def test_no_secret_is_in_any_page_or_document(visitor: Visitor, wizard: Wizard) -> None:
    told: list[str] = []

    async def note() -> None:
        told.append((await visitor.see()).text)
        told.append(str(await visitor.json()))

    wizard.wrong = {"gladly": refused("wrong_token")}
    await visitor.gladly()
    await note()
    wizard.wrong = {}
    for path, fields in (
        ("/connect/gladly", GIVEN),
        ("/connect/source", {"segment_write_key": WRITE_KEY, "segment_region": "us"}),
        ("/connect/proof", {"answer": "skip"}),
        ("/connect/address", {"public_url": "https://hooks.example.com"}),
    ):
        await visitor.send(path, **fields)
        await note()

    assert len(told) == 10
    assert not any(secret in text for secret in (TOKEN, WRITE_KEY) for text in told)


async def test_what_was_given_is_forgotten_when_it_is_connected(visitor: Visitor, wizard: Wizard) -> None:
    await visitor.until_plan()
    await visitor.send("/connect/begin")
    assert (await visitor.json())["stage"] == "plan", "until then something may be changed and tried again"

    wizard.connected()

    forgotten = await visitor.json()
    assert (forgotten["stage"], forgotten["forgotten"]) == ("gladly", True)
    assert "is forgotten" in (await visitor.see()).text


async def test_it_is_forgotten_when_somebody_cancels(visitor: Visitor) -> None:
    await visitor.until_plan()
    draft = visitor.draft

    assert (await visitor.send("/connect/forget")).location == "/connect"

    assert (await visitor.desk.get(f"/connect.json?draft={draft}")).json["forgotten"]


async def test_it_is_forgotten_after_its_time() -> None:
    drafts = Drafts(lifetime_s=0)
    draft = drafts.begin("somebody")
    assert drafts.find(draft.id, "somebody")

    await asyncio.sleep(0.01)

    assert drafts.find(draft.id, "somebody") is None
    drafts.put(draft)
    assert drafts.find(draft.id, "somebody") is None, "what was forgotten does not come back"


async def test_a_secret_that_its_vendor_does_not_take_is_forgotten_and_given_again(
    visitor: Visitor, wizard: Wizard
) -> None:
    wizard.wrong = {"gladly": refused("wrong_token")}
    await visitor.gladly()
    assert (await visitor.json())["secrets"]["gladly_token"] is False

    wizard.wrong = {"gladly": refused("gladly_unreachable")}
    await visitor.gladly()
    assert (await visitor.json())["secrets"]["gladly_token"] is True, "it may be right"


async def test_what_one_visitor_gave_another_does_not_see(open_desk: Opened) -> None:
    desk = await open_desk(OF_PROXY)

    def of(name: str) -> dict[str, str]:
        return {USER_HEADER: name, "X-Forwarded-Proto": "https", **FROM_PAGE}

    page = await desk.get("/connect", of("ann@example.com"))
    form = {**GIVEN, "form_token": page.form_token}
    draft = (await desk.post("/connect/gladly", of("ann@example.com"), **form)).location.partition("draft=")[2]

    hers = await desk.get(f"/connect.json?draft={draft}", of("ann@example.com"))
    his = await desk.get(f"/connect.json?draft={draft}", of("bob@example.com"))

    assert (hers.json["stage"], hers.json["organization"]) == ("source", "acme")
    assert (his.json["stage"], his.json["organization"]) == ("gladly", "")


@pytest.mark.parametrize(
    "headers",
    [{"Host": "debugger.example.com"}, {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-Proto": "http"}],
    ids=str,
)
async def test_over_http_from_elsewhere_secrets_are_not_taken(
    open_desk: Opened, wizard: Wizard, headers: dict[str, str]
) -> None:
    desk = await open_desk(OF_TOKEN)

    page = await desk.get("/connect", {**BEARER, **headers})
    sent = await desk.ask("POST", "/connect/gladly", {**BEARER, **headers}, json=GIVEN)

    assert "could read a\nsecret that you send" in page.text
    assert 'type="password"' not in page.text
    assert (sent.status, sent.code) == (403, "not_confidential")
    assert wizard.asked == []


@pytest.mark.parametrize("headers", [{}, {"Host": "debugger.example.com", "X-Forwarded-Proto": "https"}], ids=str)
async def test_over_https_or_on_the_machine_itself_they_are(
    open_desk: Opened, wizard: Wizard, headers: dict[str, str]
) -> None:
    desk = await open_desk(OF_TOKEN)

    sent = await desk.ask("POST", "/connect/gladly", {**BEARER, **headers}, json=GIVEN)

    assert (sent.status, sent.json["stage"]) == (200, "source")


async def test_a_form_that_another_site_sends_is_refused(visitor: Visitor, wizard: Wizard) -> None:
    page = await visitor.see("/connect")
    form = {**GIVEN, "form_token": page.form_token}

    from_elsewhere = await visitor.desk.post("/connect/gladly", {"Sec-Fetch-Site": "cross-site"}, **form)
    without_token = await visitor.desk.post("/connect/gladly", FROM_PAGE, **GIVEN)

    assert (from_elsewhere.code, without_token.code) == ("not_from_here", "no_form_token")
    assert wizard.asked == []
