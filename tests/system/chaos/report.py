"""The reckoning of all trials, as plain lines."""

from collections import Counter
from collections.abc import Iterator, Sequence

from tests.system.chaos.judgement import Judgement
from tests.system.chaos.trials import Outcome

_NAME_WIDTH = 46


def progress_line(outcome: Outcome, done: int, total: int) -> str:
    """Tell how a trial ended."""
    verdict = "ok" if outcome.ok else f"WRONG: {outcome.wrong}"
    return f"[{done:>3}/{total}] {outcome.trial.name:<{_NAME_WIDTH}} {outcome.seconds:6.1f} s  {verdict}"


def table(outcomes: Sequence[Outcome], *, kills: int, seed: int) -> str:
    """Sum everything up; what must be zero, and how to play each trial again."""
    judged = [each for each in outcomes if not each.trial.is_control]
    controls = [each for each in outcomes if each.trial.is_control]
    judgements = [each.judgement for each in judged if each.judgement is not None]
    rows = [*_tried(outcomes, judgements), *_wrongs(judgements)]
    rows.append(("trials without a judgement", str(sum(each.judgement is None for each in outcomes))))
    caught = [each.trial.name.removeprefix("control: ") for each in controls if each.ok]
    rows.append(("negative controls caught", f"{len(caught)} of {len(controls)}  {', '.join(caught)}"))
    lines = [f"{name:<28} {value}" for name, value in rows]
    lines += ["", f"{'seed':>10}  to play it again"]
    lines += [
        f"{each.trial.seed:>10}  make chaos KILLS={kills} SEED={seed} ONLY='{each.trial.name}'" for each in outcomes
    ]
    return "\n".join(lines)


def _tried(outcomes: Sequence[Outcome], judgements: Sequence[Judgement]) -> Iterator[tuple[str, str]]:
    kills = sum((Counter(each.kills) for each in outcomes), Counter[str]())
    yield "kills", str(kills.total())
    yield from ((f"  {place}", str(count)) for place, count in sorted(kills.items()))
    yield "faults", str(sum(each.failed_answers for each in judgements))
    yield "occurrences", str(sum(each.report.played for each in judgements))
    yield "  accepted", str(sum(each.report.accepted for each in judgements))
    yield "  rightly suppressed", str(sum(each.report.expected_suppressed for each in judgements))
    yield "  rightly parked", str(sum(each.parked for each in judgements))
    yield "sent again, recognised", str(sum(each.report.deduplicated for each in judgements))


def _wrongs(judgements: Sequence[Judgement]) -> Iterator[tuple[str, str]]:
    sums = Counter[str]()
    for each in judgements:
        sums.update(each.wrongs)
    yield from ((name, str(count)) for name, count in sums.items())
