"""What happens on a day, drawn from a seed before anything is played. Pure."""

import random

import msgspec

AGENTS = ("Ann Archer", "Bo Berg", "Cleo Chan", "Dirk Dahl", "Eve Estrada", "Finn Fox")
TOPICS = ("Returns", "Shipping", "Billing", "Gift cards", "Size advice", "Complaint")
AGENT_WHO_LEFT = "agent-who-left"
"""An agent's id that is not in Gladly's list."""

CONVERSATIONS_PER_CUSTOMER = 3
PROFILE_CHANGES = 4
_MAX_TOPICS = 3
_PAUSE_RANGE_S = (0.05, 0.6)


class Closing(msgspec.Struct, frozen=True):
    """The way to one closing: topics set and taken off (indices of `TOPICS`), an assignment, a wait."""

    add: tuple[int, ...]
    remove: tuple[int, ...]
    assign: str | None
    """A name of `AGENTS`, `AGENT_WHO_LEFT`, or None for nobody."""
    waits: bool
    pause_s: float


class Script(msgspec.Struct, frozen=True):
    """One conversation: its customer's number, then its closings; reopened between two of them."""

    customer: int
    agent: str | None
    closings: tuple[Closing, ...]


class Day(msgspec.Struct, frozen=True):
    """All scripts in the order of their opening, and which customers change their profile at noon."""

    customers: int
    scripts: tuple[Script, ...]
    changing_customers: tuple[int, ...]


def plan_day(conversations: int, seed: int) -> Day:
    """Draw a day of so many conversations, of customers that come back about three times."""
    draws = random.Random(f"{seed}/shop")  # noqa: S311 - a day must be repeatable, not secret
    customers = max(conversations // CONVERSATIONS_PER_CUSTOMER, 1)
    return Day(
        customers=customers,
        scripts=tuple(_script(draws, customers) for _ in range(conversations)),
        changing_customers=tuple(draws.sample(range(customers), min(PROFILE_CHANGES, customers))),
    )


def _script(draws: random.Random, customers: int) -> Script:
    closings = draws.choices((0, 1, 2, 3), weights=(1, 14, 4, 2))[0]
    return Script(
        customer=draws.randrange(customers),
        agent=_agent(draws),
        closings=tuple(_closing(draws) for _ in range(closings)),
    )


def _closing(draws: random.Random) -> Closing:
    return Closing(
        add=tuple(draws.sample(range(len(TOPICS)), draws.randrange(_MAX_TOPICS + 1))),
        remove=tuple(draws.sample(range(len(TOPICS)), draws.randrange(2))),
        assign=_agent(draws),
        waits=draws.random() < 1 / 4,
        pause_s=draws.uniform(*_PAUSE_RANGE_S),
    )


def _agent(draws: random.Random) -> str | None:
    return draws.choices((*AGENTS, AGENT_WHO_LEFT, None), weights=(*[3] * len(AGENTS), 1, 4))[0]
