"""What must never happen, whatever is sent: the one checker of all hostile requests."""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from tests.security.place import Place
from tests.security.wire import PING, SECRETS, Attack, post

_STATUS: Final = re.compile(rb"^HTTP/\d\.\d (\d{3}) ", re.MULTILINE)
_LOUD: Final = ('"level": "error"', '"level":"error"', '"level": "critical"', "Traceback", "library_message")
_SECRETS: Final = tuple(text for secrets in SECRETS.values() for text in msgspec.structs.astuple(secrets))


class Evidence(msgspec.Struct, frozen=True):
    """What was seen of one attack: the answers, new receipts, what was logged, and a right request's answer after."""

    answer: bytes
    receipts: int
    logged: str
    afterwards: bytes


def attack(place: Place, hostile: Attack) -> Evidence:
    """Send a hostile request, and look at everything."""
    receipts, start = place.receipts(), place.log_bytes()
    answer = place.send(hostile.request, ends=not hostile.is_whole)
    afterwards = place.send(post(PING))
    return Evidence(answer, place.receipts() - receipts, place.logged_since(start), afterwards)


def statuses(answer: bytes) -> list[int]:
    return [int(each) for each in _STATUS.findall(answer)]


def complaints(seen: Evidence) -> Sequence[str]:
    """All that is wrong; nothing is right."""
    found = statuses(seen.answer)
    said = seen.answer.decode("latin-1") + seen.logged
    wrong = {
        "it was accepted": any(200 <= each < 300 for each in found),
        "it was answered 5xx": any(each >= 500 for each in found),
        "it was answered otherwise than 4xx": any(200 > each != 100 or 300 <= each < 400 for each in found),
        "it is in the journal": seen.receipts != 0,
        "the log is loud": any(word in seen.logged for word in _LOUD),
        "a secret was told": any(secret in said for secret in _SECRETS),
        "a right request is not taken afterwards": statuses(seen.afterwards) != [200],
    }
    return [complaint for complaint, holds in wrong.items() if holds]
