"""What carrying a plan out would do, in sentences for whoever is to say yes. Pure."""

from collections.abc import Iterator

from gladly_segment.connect.carry_out import Known
from gladly_segment.connect.decide import Create, Foreign, Keep, Plan, Renew, whose
from gladly_segment.connect.wish import EVENTS, WEBHOOK_NAME, Wish
from gladly_segment.connect.workspace import Bound, Judgement, OtherKey, OtherPlace, key_use


def at_gladly(plan: Plan | Foreign, wish: Wish) -> Iterator[str]:
    """Tell what would be done there."""
    match plan:
        case Create():
            yield (
                f"Register the webhook “{WEBHOOK_NAME}” for {len(EVENTS)} kinds of events at {wish.address}, with a "
                "password that is drawn for it and that nobody sees."
            )
            yield "Enable it once Gladly's PING is answered there."
        case Renew(webhook, differences):
            yield f"Mend {whose(webhook)}: {'; '.join(differences)}."
            if not webhook.enabled:
                yield "Enable it once Gladly's PING is answered."
        case Keep(webhook):
            yield f"Nothing: {whose(webhook)} is as it should be."
        case Foreign(webhook):
            yield f"Take over {whose(webhook)}, which was not made by this software, with new credentials."


def here(plan: Plan | Foreign, wish: Wish, known: Known | None, judgement: Judgement) -> Iterator[str]:
    """Tell what would be done here; `judgement` is that on the write key."""
    if known is None:
        yield f"Declare {wish.organization}; its token and write key are sealed, and its events are taken at once."
    elif not known.is_as_wished:
        yield f"Declare the settings of {wish.organization} anew, its token and write key sealed."
    elif isinstance(plan, Keep):
        yield f"Nothing: {wish.organization} is declared as wished."
    else:
        yield f"Declare the new credentials of the webhook of {wish.organization}."
    place = key_use(wish.organization, wish.segment).place
    match judgement:
        case Bound():
            pass
        case OtherKey() | OtherPlace():
            yield f"Bind this write key to {place} in the place of what is bound now; this is noted."
        case _:
            yield f"Bind this write key to {place}: it is refused elsewhere from now on."
