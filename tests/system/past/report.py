"""A run's reckoning, as plain lines."""

from collections.abc import Iterator

from tests.system.past.feel import WORST, at_share
from tests.system.past.judgement import LEAST_USE, MOST_RATIO
from tests.system.past.run import Proof

WIDTH = 44


def table(proof: Proof) -> str:
    """Say what was played, what it cost, and what must be zero or within its bound."""
    rows = [*_played(proof), *_cost(proof), *_felt(proof), *_verdict(proof)]
    return "\n".join(f"{name:<{WIDTH}} {value}" for name, value in rows)


def _played(proof: Proof) -> Iterator[tuple[str, str]]:
    report = proof.judgement.report
    yield "occurrences at Gladly", f"{report.played}"
    yield "  accepted", f"{report.accepted}"
    yield "  rightly suppressed", f"{report.expected_suppressed}"
    yield "  gone before any list told of it", f"{report.untold}"
    yield "sent again, recognised by Segment", f"{report.deduplicated}"
    yield "kills", f"{proof.kills}, {proof.kills_while_gathering} of them while lists were read"
    yield "stops", f"{proof.stops}"
    yield "backfill", f"{proof.seconds:.0f} s"


def _cost(proof: Proof) -> Iterator[tuple[str, str]]:
    found, used = proof.judgement.calls, proof.judgement.use
    each = max(found.conversations, 1)
    yield "requests a conversation", f"{found.made / each:.3f}, the least is {found.least / each:.3f}"
    yield "requests for the past", f"{found.made}, the least is {found.least}"
    yield "  again, after a kill or stop", f"{found.again}"
    yield "requests for lists", f"{found.lists}"
    if used is not None:
        yield "permitted for the past", f"{used.permitted_per_s:.0f}/s"
        yield "  used by the past", f"{used.of_the_past:.1f}/s over {used.seconds:.0f} s"
        yield "  used by live events", f"{used.others / max(used.seconds, 1):.1f}/s"
        yield "  rate used", f"{used.share:.1%} (bound {LEAST_USE:.0%})"
        yield "  before the first request of each start", f"{used.late_s:.0f} s in all"


def _felt(proof: Proof) -> Iterator[tuple[str, str]]:
    found = proof.judgement.feel
    if found is None or not found.alone or not found.beside:
        return
    for name, share in (("p50", 0.5), ("p99", WORST)):
        alone, beside = at_share(found.alone, share), at_share(found.beside, share)
        yield f"live {name}, alone / beside", f"{alone:.0f} / {beside:.0f} ms, ratio {beside / alone:.2f}"
    yield "  of so many events", f"{len(found.alone)} / {len(found.beside)} (bound {MOST_RATIO} for p99)"


def _verdict(proof: Proof) -> Iterator[tuple[str, str]]:
    yield from ((name, str(count)) for name, count in proof.judgement.wrongs.items())
    yield from ((f"MISSED {name}", figure) for name, figure in proof.judgement.missed.items())
    yield "verdict", "ok" if proof.judgement.ok else "NOT OK"
