"""What the dead letters' screen publishes."""

from datetime import datetime
from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import Meta

from gladly_segment.admin.publishing import PAGE, ConfirmedForm, change, page, refused, twin
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.lifecycle import ParkCause
from gladly_segment.debugger import answers
from gladly_segment.debugger.dead.page import ACTIONS, ActionList, DeadPage, Moved
from gladly_segment.transport.endpoints import Answer, Endpoint

_MOST_ACTIONS: Final = 1_000

Number: TypeAlias = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class DeadQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which dead letters: those of one organization, with one cause. With both, the letters themselves are given.

    `after` is the number of the last letter of the portion before. `done` names what was done last.
    """

    organization: OrganizationId | None = None
    cause: ParkCause | None = None
    after: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    done: str = ""


class ActionsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Whose actions, and how many of the latest."""

    organization: OrganizationId | None = None
    limit: Annotated[int, Meta(ge=1, le=_MOST_ACTIONS)] = ACTIONS


class DeadForm(ConfirmedForm, frozen=True, kw_only=True):
    """Which dead letters are meant: those of these numbers, or with `whole_group` all of a cause.

    A whole group is of one organization, where it is named, and was received before `until`, where that is given.
    `once` is the page's, and may be left out. A form that drops is answered with a question unless it is `confirmed`.
    """

    letters: tuple[Number, ...] = ()
    whole_group: bool = False
    organization: str = ""
    cause: ParkCause | None = None
    until: datetime | None = None
    once: str = ""
    confirmed: bool = False


class ConfirmPage(msgspec.Struct, frozen=True):
    """The question before so many letters are dropped."""

    form: DeadForm
    letters: int


def _asking_back(endpoint: Endpoint) -> Endpoint:
    done, *others = endpoint.answers
    meaning = "Done; a form is answered 303, or with a question when it is not `confirmed`."
    asked = Answer(status=200, meaning=meaning, contents=(*done.contents, PAGE))
    return msgspec.structs.replace(endpoint, answers=(asked, *others))


_NO_LETTER: Final = refused(400, "No dead letter is named.", answers.NO_LETTER)

DEAD_JSON: Final = twin("/dead.json", "Dead letters by cause, and those of one cause.", DeadPage, query=DeadQuery)
DEAD: Final = page("/dead", "Dead letters as a page.", query=DeadQuery)
RETRY: Final = change(
    "/dead/retry", "Send dead letters on their way again, in their place.", Moved, _NO_LETTER, takes=DeadForm
)
DROP: Final = _asking_back(
    change("/dead/drop", "Give dead letters up for good.", Moved, _NO_LETTER, takes=DeadForm),
)
ACTIONS_JSON: Final = twin("/actions.json", "Who changed what, newest first.", ActionList, query=ActionsQuery)
