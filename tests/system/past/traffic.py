"""What the service asked Gladly for: how fast, how often, and for whom. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec

API = "/api/v1"
WINDOW = timedelta(seconds=1)
"""Gladly counts by the second: a limiter that was idle may begin with a whole second's requests at once."""

IN_HAND = timedelta(seconds=10)
"""What was asked for so shortly before a kill may have been in hand."""

TOO_MANY = 429

_PATH_PARTS_OF_ONE = 3
"""`/conversations/{id}`; with one more it is a list of what belongs to it."""


class Request(msgspec.Struct, frozen=True):
    """A request to Gladly's API; no status: the connection ended before an answer."""

    at: datetime
    method: str
    path: str
    status: int | None = None

    @property
    def answered(self) -> bool:
        """Whether the answer was of use: a 301 and a 404 are."""
        return self.status is not None and self.status < 500 and self.status not in {401, 403, TOO_MANY}


class Past(msgspec.Struct, frozen=True):
    """The customers and conversations that only a backfill reads.

    `merged` counts the other ids of a customer, by each of its ids: lists of the past name it by several in different
    places, and it may be read once for each.
    """

    customers: Set[str]
    conversations: Set[str]
    merged: Mapping[str, int] = {}

    def reads(self, request: Request) -> bool:
        """Tell whether a request is for one of them."""
        parts = request.path.removeprefix(API).partition("?")[0].split("/")
        if request.method != "GET" or len(parts) < _PATH_PARTS_OF_ONE:
            return False
        _, kind, name, *_ = parts
        return name in (self.conversations if kind == "conversations" else self.customers)

    def may_be_read(self, path: str) -> int:
        """Count how often a resource of them may be asked for, if nothing is interrupted."""
        _, _, name, *_ = path.removeprefix(API).split("/")
        return 1 + self.merged.get(name, 0)


class Stretch(msgspec.Struct, frozen=True):
    """A time in which the backfill could work: from the start of the service, or of the order, to a kill or a stop."""

    began: datetime
    ended: datetime


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """Requests while a backfill was sending, a whole window after it began in each stretch.

    `permitted_per_s` is what it may take while nobody else asks; `late_s` how long the stretches lasted before.
    """

    seconds: float
    past: int
    others: int
    permitted_per_s: float
    late_s: float

    @property
    def share(self) -> float:
        """What was used of that, by whomever: what live events use the past cannot."""
        return (self.past + self.others) / (self.seconds * self.permitted_per_s) if self.seconds else 0.0

    @property
    def of_the_past(self) -> float:
        """Requests a second."""
        return self.past / self.seconds if self.seconds else 0.0


def throttled(requests: Sequence[Request]) -> int:
    """Count the answers 429."""
    return sum(each.status == TOO_MANY for each in requests)


def use(requests: Sequence[Request], stretches: Sequence[Stretch], past: Past, permitted_per_s: float) -> Use:
    """Reckon how much of the permitted rate was used; reading requests (GET) are limited by themselves."""
    reading = [each for each in requests if each.method == "GET"]
    of_past = [each for each in reading if past.reads(each)]
    sending = list(_sending(of_past, stretches))
    spans = [span for _, span in sending]
    counted = _within(of_past, spans)
    return Use(
        seconds=sum((span.ended - span.began).total_seconds() for span in spans),
        past=counted,
        others=_within(reading, spans) - counted,
        permitted_per_s=permitted_per_s,
        late_s=sum((span.began - WINDOW - stretch.began).total_seconds() for stretch, span in sending),
    )


def repeated(requests: Sequence[Request], stretches: Sequence[Stretch], past: Past) -> dict[str, int]:
    """Give the resources of the past that were asked for again though they had not been in hand at a kill or stop."""
    asked = _asked(requests, past)
    excused = [(each.ended - IN_HAND, each.ended) for each in stretches]
    found: dict[str, int] = {}
    for path, times in asked.items():
        wrong = sum(not any(begin <= one <= end < other for begin, end in excused) for one, other in pairwise(times))
        if (more := wrong + 1 - past.may_be_read(path)) > 0:
            found[path] = more
    return found


def asked_again(requests: Sequence[Request], past: Past) -> int:
    """Count how often a resource of the past was asked for again without need, be it in hand at a kill or not."""
    return sum(max(len(times) - past.may_be_read(path), 0) for path, times in _asked(requests, past).items())


def without_a_request(requests: Sequence[Request], stretches: Sequence[Stretch], past: Past) -> int:
    """Count the stretches that ended before anything of the past was asked for: lists were being read."""
    times = [each.at for each in requests if past.reads(each)]
    return sum(not any(stretch.began <= at <= stretch.ended for at in times) for stretch in stretches)


def _asked(requests: Sequence[Request], past: Past) -> dict[str, list[datetime]]:
    asked = defaultdict[str, list[datetime]](list)
    for each in sorted(requests, key=lambda each: each.at):
        if each.answered and past.reads(each):
            asked[each.path].append(each.at)
    return asked


def _sending(of_past: Sequence[Request], stretches: Sequence[Stretch]) -> Iterator[tuple[Stretch, Stretch]]:
    """Give each stretch with the part of it that counts; after the last request of all there is nothing to do."""
    last = max((each.at for each in of_past), default=None)
    for stretch in stretches:
        first = min((each.at for each in of_past if stretch.began <= each.at <= stretch.ended), default=None)
        if first is not None and last is not None and first + WINDOW < min(stretch.ended, last):
            yield stretch, Stretch(first + WINDOW, min(stretch.ended, last))


def _within(requests: Sequence[Request], spans: Sequence[Stretch]) -> int:
    return sum(any(span.began <= each.at < span.ended for span in spans) for each in requests)
