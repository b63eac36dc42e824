"""What the receiver publishes."""

from typing import Final

import msgspec

from gladly_segment.receive import answers
from gladly_segment.transport.answers import Problem, Refusal, Status
from gladly_segment.transport.endpoints import JSON, Answer, Content, Endpoint, Proof


class GladlyEvent(msgspec.Struct, frozen=True):
    """An event as Gladly sends it: ids only. All but the type may be missing, and there may be more."""

    type: str


class ArrivedEvent(msgspec.Struct, frozen=True):
    """An event as Segment's webhook destination sends it; all but the messageId may be missing."""

    message_id: str = msgspec.field(name="messageId")


_STATUS: Final = (Content(JSON, Status),)


def _refused(status: int, meaning: str, *problems: Problem, headers: tuple[str, ...] = ()) -> Answer:
    return Answer(
        status=status, meaning=meaning, contents=(Content(JSON, Refusal),), problems=problems, headers=headers
    )


WEBHOOK: Final = Endpoint(
    method="POST",
    path="/webhooks/{organization}",
    summary="Take an event of a Gladly organization; answered once it is durable.",
    proofs=(Proof.WEBHOOK_LOGIN,),
    takes=(Content(JSON, GladlyEvent),),
    body_required=True,
    answers=(
        Answer(status=200, meaning="Durable (`new`), durable already (`duplicate`), or `pong`.", contents=_STATUS),
        _refused(400, "No event.", answers.MALFORMED_JSON, answers.NO_EVENT_TYPE, answers.BAD_REQUEST),
        _refused(401, "Wrong credentials.", answers.NOT_ADMITTED, headers=("WWW-Authenticate",)),
        _refused(404, "No such organization.", answers.NOT_ADMITTED, answers.NOT_FOUND),
        _refused(405, "Another method than POST.", answers.WRONG_METHOD, headers=("Allow",)),
        _refused(408, "Too slow.", answers.TOO_SLOW),
        _refused(413, "Too large.", answers.TOO_LARGE),
        _refused(415, "In an unknown coding.", answers.UNKNOWN_CODING),
        _refused(429, "Too many.", answers.TOO_MANY_FAILURES, answers.TOO_MANY_WEBHOOKS, headers=("Retry-After",)),
        _refused(503, "Not acknowledged: to be sent again.", answers.NOT_DURABLE, answers.BACKLOG_FULL),
    ),
)
MIRROR: Final = Endpoint(
    method="POST",
    path="/mirror/{organization}",
    summary="Take what arrived at Segment's webhook destination, for the mirror check; answered once it is durable.",
    proofs=(Proof.SIGNATURE,),
    takes=(Content(JSON, ArrivedEvent),),
    body_required=True,
    answers=(
        Answer(status=200, meaning="Durable.", contents=_STATUS),
        _refused(400, "No event.", answers.MALFORMED_JSON, answers.NO_MESSAGE_ID, answers.BAD_REQUEST),
        _refused(401, "Wrong signature.", answers.NOT_SIGNED, headers=("WWW-Authenticate",)),
        _refused(404, "No such mirror.", answers.NOT_SIGNED, answers.NOT_FOUND),
        _refused(405, "Another method than POST.", answers.WRONG_METHOD, headers=("Allow",)),
        _refused(408, "Too slow.", answers.TOO_SLOW),
        _refused(413, "Too large.", answers.TOO_LARGE),
        _refused(415, "In a coding.", answers.UNKNOWN_CODING),
        _refused(429, "Too many.", answers.TOO_MANY_FAILURES, answers.TOO_MANY_WEBHOOKS, headers=("Retry-After",)),
        _refused(503, "Not durable: to be sent again.", answers.NOT_DURABLE),
    ),
)
HEALTHZ: Final = Endpoint(
    method="GET",
    path="/healthz",
    summary="Tell that the process answers.",
    answers=(Answer(status=200, meaning="It does.", contents=_STATUS),),
)
READYZ: Final = Endpoint(
    method="GET",
    path="/readyz",
    summary="Tell whether webhooks can be made durable.",
    answers=(
        Answer(status=200, meaning="They can.", contents=_STATUS),
        _refused(503, "They cannot, or the service is shutting down.", answers.NOT_DURABLE, answers.DRAINING),
    ),
)

ENDPOINTS: Final = (WEBHOOK, MIRROR, HEALTHZ, READYZ)
