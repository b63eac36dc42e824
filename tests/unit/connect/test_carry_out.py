"""A plan carried out: connected afterwards, or all as it was before, whatever ends it."""

import asyncio

import pytest

from gladly_segment.connect.carry_out import Known, carry_out
from gladly_segment.connect.decide import Create, Keep, Renew
from gladly_segment.connect.probe import Answered
from gladly_segment.connect.wish import EVENTS, Outcome, Step
from gladly_segment.connect.workspace import key_use
from gladly_segment.core.credentials import WebhookCredentials
from gladly_segment.core.errors import ConnectRefusedError, WebhookRefusedError
from gladly_segment.core.failures import Failure, FailureKind
from gladly_segment.core.fingerprint import fingerprint
from gladly_segment.core.secret import Secret
from gladly_segment.ports.registry import Binding
from tests.support.clock import START
from tests.unit.connect.doubles import (
    ADDRESS,
    FORMER,
    SHOP,
    WRITE_KEY,
    End,
    Scene,
    ScriptedProbe,
    a_webhook,
    a_wish,
    failed,
    refused,
)

UNKNOWING = Answered(401, "not_admitted")
UNSEEN = Failure(FailureKind.UNREACHABLE, "the host refused the connection or could not be reached")
KNOWN = Known(WebhookCredentials(logins=(FORMER,)), is_as_wished=True)
FORMER_KEY = Binding(
    fingerprint=fingerprint(Secret("former")), organization=SHOP, environment="production", region="us", bound_at=START
)


def ends() -> list[End]:
    return [failed(), asyncio.CancelledError()]


async def test_a_new_webhook_is_enabled_last_and_everything_is_noted() -> None:
    scene = Scene()

    await carry_out(Create(), a_wish(), scene.ground)

    assert scene.gladly.calls == ["create", "enable"]
    (webhook,) = scene.gladly.webhooks.values()
    assert (webhook.enabled, webhook.url, frozenset(webhook.events)) == (True, ADDRESS, EVENTS)
    assert scene.admits(scene.gladly.passwords[webhook.id])
    assert scene.notes.feeds[SHOP].webhook_id == webhook.id
    assert [each.fingerprint for each in scene.notes.bound] == [key_use(SHOP, a_wish().segment).fingerprint]
    assert [each.what for each in scene.notes.trail] == ["write_key_bound", "connected"]
    assert [each.step for each in scene.told] == [Step.DECLARATION, Step.WEBHOOK, Step.PING]


async def test_the_service_knows_the_credentials_before_the_webhook_is_enabled() -> None:
    scene = Scene(probe=ScriptedProbe(UNKNOWING, UNKNOWING, Answered(200)))

    await carry_out(Create(), a_wish(), scene.ground)

    assert len(scene.probe.asked) == 3
    assert scene.admits(scene.probe.asked[0])


async def test_an_address_that_cannot_be_seen_from_here_is_tried_until_the_service_has_noticed() -> None:
    scene = Scene(probe=ScriptedProbe(UNSEEN))
    scene.gladly.ends["enable"] = [refused(), refused()]

    await carry_out(Create(), a_wish(), scene.ground)

    assert scene.gladly.calls == ["create", "enable", "enable", "enable"]


async def test_a_password_has_256_bits_and_is_told_nobody() -> None:
    scene = Scene()

    await carry_out(Create(), a_wish(), scene.ground)

    (password,) = scene.gladly.passwords.values()
    assert len(password.reveal()) == 43
    assert not any(password.reveal() in each.detail for each in scene.told)
    assert not any(WRITE_KEY.reveal() in f"{each}" for each in (*scene.told, *scene.notes.trail, *scene.notes.bound))


@pytest.mark.parametrize("end", ends(), ids=["no answer", "cancelled"])
@pytest.mark.parametrize("call", ["create", "enable"])
async def test_whatever_ends_it_a_new_webhook_and_its_declaration_are_taken_back(call: str, end: End) -> None:
    scene = Scene(a_webhook("w-other", url="https://elsewhere.example/webhooks/shop"))
    scene.gladly.lost = True
    scene.gladly.ends[call] = [end]

    with pytest.raises((ConnectRefusedError, asyncio.CancelledError)):
        await carry_out(Create(), a_wish(), scene.ground)

    assert list(scene.gladly.webhooks) == ["w-other"]
    assert scene.declaration.declared is None
    assert SHOP not in scene.notes.feeds


async def test_an_enabling_that_took_effect_unseen_is_taken_back_too() -> None:
    scene = Scene()
    scene.gladly.lost = True
    scene.gladly.ends["enable"] = [asyncio.CancelledError()]

    with pytest.raises(asyncio.CancelledError):
        await carry_out(Create(), a_wish(), scene.ground)

    assert scene.gladly.calls == ["create", "enable", "all", "disable", "delete"]
    assert scene.gladly.webhooks == {}


async def test_what_is_left_when_gladly_cannot_be_asked_any_more_is_told() -> None:
    scene = Scene()
    scene.gladly.ends = {"enable": [failed()], "all": [failed()]}

    with pytest.raises(ConnectRefusedError):
        await carry_out(Create(), a_wish(), scene.ground)

    assert "may be left" in scene.told[-1].detail
    assert scene.declaration.declared is None


async def test_a_refused_registration_takes_nobody_elses_webhook_down() -> None:
    scene = Scene(a_webhook("w-sudden", name="Sudden"))
    scene.gladly.ends["create"] = [refused("url", "taken")]

    with pytest.raises(ConnectRefusedError) as error:
        await carry_out(Create(), a_wish(), scene.ground)

    assert error.value.reason == "url_taken"
    assert "Sudden" in error.value.message
    assert list(scene.gladly.webhooks) == ["w-sudden"]


async def test_a_refusal_for_another_reason_is_told_in_gladlys_words() -> None:
    scene = Scene()
    scene.gladly.ends["create"] = [refused("events", "unknown event X")]

    with pytest.raises(ConnectRefusedError) as error:
        await carry_out(Create(), a_wish(), scene.ground)

    assert error.value.reason == "webhook_refused"
    assert error.value.message == "Gladly refuses the webhook about events: unknown event X"


async def test_the_former_credentials_go_on_counting_until_gladly_has_the_new_ones() -> None:
    webhook = a_webhook(events=frozenset({"CONVERSATION/CREATED", "CUSTOMER/OTHER"}))
    scene = Scene(webhook, known=KNOWN)

    await carry_out(Renew(webhook, ("it did not ask for all",)), a_wish(), scene.ground)

    both, new = scene.declaration.history
    assert len(both.logins) == 2
    assert FORMER in both.logins
    assert len(new.logins) == 1
    assert FORMER not in new.logins
    assert scene.admits(scene.gladly.passwords["w-1"])
    assert frozenset(scene.gladly.webhooks[webhook.id].events) == EVENTS | {"CUSTOMER/OTHER"}
    assert scene.gladly.calls == ["change"], "an enabled webhook stays enabled"


@pytest.mark.parametrize("end", ends(), ids=["no answer", "cancelled"])
async def test_a_change_that_may_have_taken_effect_leaves_both_passwords_counting(end: End) -> None:
    scene = Scene(a_webhook(), known=KNOWN)
    scene.gladly.ends["change"] = [end]

    with pytest.raises((ConnectRefusedError, asyncio.CancelledError)):
        await carry_out(Renew(a_webhook(), ("its credentials",)), a_wish(), scene.ground)

    assert scene.declaration.declared is not None
    assert len(scene.declaration.declared.logins) == 2


async def test_a_refused_change_leaves_the_declaration_as_it_was() -> None:
    scene = Scene(a_webhook(), known=KNOWN)
    scene.gladly.ends["change"] = [refused("events", "no")]

    with pytest.raises(ConnectRefusedError):
        await carry_out(Renew(a_webhook(), ("its events",)), a_wish(), scene.ground)

    assert scene.declaration.declared == KNOWN.credentials


async def test_a_dead_webhook_found_by_its_address_is_enabled_or_nothing_is_declared() -> None:
    dead = a_webhook(enabled=False)
    scene = Scene(dead)
    scene.gladly.ends["enable"] = [refused()]

    with pytest.raises(ConnectRefusedError) as error:
        await carry_out(Renew(dead, ("it was disabled",)), a_wish(), scene.ground)
    assert error.value.reason == "ping_not_answered"
    assert isinstance(error.value.__cause__, WebhookRefusedError)
    assert scene.declaration.declared is None

    await carry_out(Renew(dead, ("it was disabled",)), a_wish(), scene.ground)
    assert scene.gladly.webhooks[dead.id].enabled


async def test_all_being_right_nothing_is_changed() -> None:
    scene = Scene(a_webhook(), known=KNOWN)

    await carry_out(Keep(a_webhook()), a_wish(), scene.ground)
    noted = list(scene.notes.trail)
    await carry_out(Keep(a_webhook()), a_wish(), scene.ground)

    assert scene.gladly.calls == []
    assert scene.declaration.history == []
    assert {each.outcome for each in scene.told} == {Outcome.UNCHANGED}
    assert scene.notes.trail == noted


async def test_new_settings_are_declared_with_the_credentials_as_they_are() -> None:
    scene = Scene(a_webhook(), known=Known(KNOWN.credentials, is_as_wished=False))

    await carry_out(Keep(a_webhook()), a_wish(), scene.ground)

    assert scene.declaration.history == [KNOWN.credentials]
    assert scene.gladly.calls == []


async def test_others_who_deliver_here_keep_their_credentials() -> None:
    scene = Scene(known=KNOWN)

    await carry_out(Create(others=True), a_wish(), scene.ground)

    assert scene.declaration.declared is not None
    assert FORMER in scene.declaration.declared.logins


async def test_a_key_bound_anew_is_bound_as_before_when_it_fails() -> None:
    scene = Scene(bindings=[FORMER_KEY])
    scene.gladly.ends["enable"] = [failed()]

    with pytest.raises(ConnectRefusedError):
        await carry_out(Create(), a_wish(), scene.ground)

    assert scene.notes.bound == [FORMER_KEY]
