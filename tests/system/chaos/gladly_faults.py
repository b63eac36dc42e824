"""Gladly in trouble."""

import random

from gladly_segment.sandbox.faults import FaultRule
from tests.system.chaos.scenario import API, Scenario, gladly_fails, play_into_trouble
from tests.system.chaos.world import World


def _while(rule: FaultRule) -> Scenario:
    async def scenario(here: World, draws: random.Random) -> None:
        await here.play(3, draws)
        async with gladly_fails(here, rule):
            await play_into_trouble(here, draws)
        await here.play(3, draws)

    return scenario


async def _shuffled(here: World, draws: random.Random) -> None:
    await here.deliveries(duplicate_share=0.3, shuffle_within_s=1.0)
    await here.play(30, draws)
    await here.deliveries()


async def _created_after_closed(here: World, draws: random.Random) -> None:
    # The delay is drawn when an event happens and counts from its release: every second Created comes last.
    await here.deliveries(held=True, shuffle_within_s=2.0)
    for conversation in [await here.open(draws) for _ in range(15)]:
        await here.control.set_status(conversation, "CLOSED")
    await here.deliveries()


async def _late(here: World, draws: random.Random) -> None:
    await here.deliveries(held=True)
    await here.play(15, draws)
    await here.deliveries()


async def _merged_and_deleted(here: World, draws: random.Random) -> None:
    await here.play(1, draws)
    for number in range(12):
        customer = await here.control.create_customer({"name": f"Passing {number}"})
        survivor = await here.control.create_customer({"name": f"Staying {number}"})
        conversation = await here.control.open(customer)
        if number % 3 == 0:
            await here.control.merge(customer, survivor)
            await here.control.set_status(conversation, "CLOSED")
        elif number % 3 == 1:
            await here.control.set_status(conversation, "CLOSED")
            await here.control.merge(customer, survivor)
        else:
            await here.settled()
            await here.deliveries(held=True)
            await here.control.set_status(conversation, "CLOSED")
            await here.control.delete_customer(customer)
            await here.deliveries()


GLADLY_FAULTS: dict[str, Scenario] = {
    "Gladly: storm of 429": _while(FaultRule(kind="status", path_prefix=API, status=429, share=0.6)),
    "Gladly: 5xx": _while(FaultRule(kind="status", path_prefix=API, status=503, share=0.7)),
    "Gladly: hangs": _while(FaultRule(kind="hang", path_prefix=API, share=0.3)),
    "Gladly: resets": _while(FaultRule(kind="reset", path_prefix=API, share=0.5)),
    "Gladly: cut answers": _while(FaultRule(kind="truncate", path_prefix=API, share=0.5)),
    "Gladly: slow drip": _while(FaultRule(kind="drip", path_prefix=API, share=0.3, after_handling=True)),
    "Gladly: not JSON": _while(FaultRule(kind="status", path_prefix=API, status=200, body='{"id":', share=0.5)),
    "Gladly: token revoked and restored": _while(FaultRule(kind="status", path_prefix=API, status=401)),
    "Gladly: customers merged and deleted": _merged_and_deleted,
    "Gladly: webhooks doubled and shuffled": _shuffled,
    "Gladly: Created after Closed": _created_after_closed,
    "Gladly: late webhooks": _late,
}
