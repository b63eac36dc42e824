"""Everything that stands in the way of a connection, each with what it means and what to do."""

from enum import StrEnum
from typing import Final

from gladly_segment.connect.probe import Answered, ProbeAnswer
from gladly_segment.core.errors import ConnectRefusedError, WebhookRefusedError
from gladly_segment.core.failures import Failure, FailureKind


class Reason(StrEnum):
    """Why an organization cannot be connected or disconnected."""

    WRONG_TOKEN = "wrong_token"  # noqa: S105 - a reason's name
    NO_PERMISSION = "no_permission"
    NOT_GLADLY = "not_gladly"
    GLADLY_UNREACHABLE = "gladly_unreachable"
    WRITE_KEY_REFUSED = "write_key_refused"
    NOT_SEGMENT = "not_segment"
    SEGMENT_UNREACHABLE = "segment_unreachable"
    TEST_EVENT_NOT_SEEN = "test_event_not_seen"
    WEBHOOK_LIMIT = "webhook_limit"
    URL_TAKEN = "url_taken"
    WEBHOOK_REFUSED = "webhook_refused"
    PING_NOT_ANSWERED = "ping_not_answered"
    EVENTS_WAIT = "events_wait"
    UNDER_WAY = "under_way"
    NO_WEBHOOK = "no_webhook"


_OK: Final = 200
_FORBIDDEN: Final = 403
_REDIRECTS: Final = range(300, 400)
_SERVER_ERROR: Final = 500

_HINTS: Final = {
    Reason.WRONG_TOKEN: "the user is the e-mail address of the agent who owns the token; make a new token in Gladly "
    "under Settings, API Tokens, if in doubt",
    Reason.NO_PERMISSION: "give the agent who owns the token the API User permission in Gladly, under Settings, Users",
    Reason.NOT_GLADLY: "the organization's name is the subdomain of its Gladly address; give the address itself "
    "(--gladly-url) where it is not https://NAME.gladly.com",
    Reason.GLADLY_UNREACHABLE: "look at the network, or try again in a minute",
    Reason.WRITE_KEY_REFUSED: "copy the write key from the source's Settings, API Keys, in Segment",
    Reason.NOT_SEGMENT: "compare the region with the workspace's (Settings, Workspace Settings), or the host "
    "(--segment-host) with that of the vendor",
    Reason.SEGMENT_UNREACHABLE: "look at the network and at the host's address, or try again in a minute",
    Reason.TEST_EVENT_NOT_SEEN: "compare the write key with the source's, and the region with the workspace's: "
    "Segment answers 200 to a key of another region, or to none of its own, and drops the events",
    Reason.WEBHOOK_LIMIT: "delete one that is needed no more, in Gladly under Settings, Webhooks",
    Reason.EVENTS_WAIT: "have the service running and do this again, to take it out once they are delivered; or have "
    "them dropped (--drop-waiting)",
    Reason.WEBHOOK_REFUSED: "mend what it names, and do the same again",
    Reason.NO_WEBHOOK: "connect it again, which registers one; one that was registered by hand is changed by hand",
    Reason.UNDER_WAY: "wait until that has ended, then look at what it came to",
}


def refusal(reason: Reason, message: str, hint: str = "") -> ConnectRefusedError:
    """Make the error for a reason; `hint` replaces the usual one."""
    return ConnectRefusedError(reason, message, hint=hint or _HINTS[reason])


def gladly_refusal(failure: Failure, what: str) -> ConnectRefusedError:
    """Explain why Gladly did not answer `what` was asked."""
    match failure.kind:
        case FailureKind.UNAUTHORIZED if failure.status == _FORBIDDEN:
            return refusal(Reason.NO_PERMISSION, f"Gladly knows the token, but it may not read {what} (403)")
        case FailureKind.UNAUTHORIZED:
            return refusal(Reason.WRONG_TOKEN, "Gladly does not take this user and token (401)")
        case FailureKind.MISDIRECTED | FailureKind.MALFORMED | FailureKind.REFUSED | FailureKind.TOO_LARGE:
            return refusal(Reason.NOT_GLADLY, f"this address is not that of a Gladly organization: {failure.detail}")
        case _:
            return refusal(Reason.GLADLY_UNREACHABLE, f"Gladly did not give {what}: {failure.detail}")


def segment_refusal(failure: Failure) -> ConnectRefusedError:
    """Explain why Segment, or a host that speaks like it, did not take the test event."""
    match failure.kind:
        case FailureKind.UNAUTHORIZED:
            return refusal(Reason.WRITE_KEY_REFUSED, f"the write key is not one of this host: it {failure.detail}")
        case FailureKind.MISDIRECTED | FailureKind.REFUSED | FailureKind.TOO_LARGE | FailureKind.MALFORMED:
            return refusal(Reason.NOT_SEGMENT, f"the host did not take the test event: it {failure.detail}")
        case _:
            return refusal(Reason.SEGMENT_UNREACHABLE, f"the test event could not be sent: {failure.detail}")


def ping_refusal(error: WebhookRefusedError, seen_from_here: ProbeAnswer, address: str) -> ConnectRefusedError:
    """Explain why Gladly did not get its PING answered, by what this machine gets at the same address."""
    what, hint = _why_no_answer(seen_from_here)
    return refusal(
        Reason.PING_NOT_ANSWERED,
        f"Gladly got no 200 for its PING at {address} ({error.refusal}); from here, {what}",
        hint,
    )


def _why_no_answer(seen: ProbeAnswer) -> tuple[str, str]:
    match seen:
        case Failure(kind=FailureKind.UNREACHABLE | FailureKind.MISDIRECTED, detail=detail):
            return detail, "look at the name's DNS entry, the firewall, and the certificate that your proxy shows"
        case Failure(detail=detail):
            return detail, "look at your proxy"
        case Answered(status=status, problem=None):
            return _why_a_stranger_answers(status)
        case Answered(status=status, is_ours_and_unknowing=True):
            return (
                f"a gladly-segment answers {status} that does not know this organization, or other credentials of it",
                "see that the service behind this address works on the data directory that this command was given",
            )
        case Answered(status=status):
            return f"a gladly-segment answers {status}", "see that your proxy passes on the path as it is, and POST"


def _why_a_stranger_answers(status: int) -> tuple[str, str]:
    if status == _OK:
        return "it is answered", "the address cannot be reached from outside: look at the firewall and public DNS"
    if status in _REDIRECTS:
        return f"it is redirected ({status})", "give the address that it leads to; Gladly follows no redirect"
    if status >= _SERVER_ERROR:
        return f"the proxy answers {status}", "see that your proxy passes on /webhooks/ to where the service listens"
    return f"something else answers {status}", "see that your proxy passes on /webhooks/ to the service"
