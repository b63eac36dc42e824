"""Reads PromQL as Prometheus would, and holds it to the metrics that the service declares."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import promql_parser as promql

from gladly_segment.core.feed_signals import AlarmKind
from gladly_segment.core.lifecycle import CLAIMED_BY, ParkCause, Stage, State
from gladly_segment.core.records import Appended
from gladly_segment.observe.journal_metrics import Declared

OF_PROMETHEUS: Final[Mapping[str, frozenset[str]]] = {"ALERTS": frozenset({"alertname", "alertstate"})}
"""What Prometheus itself tells, with its labels."""

OVER_TIME: Final = frozenset({"rate", "increase"})

VALUES: Final[Mapping[str, frozenset[str]]] = {
    "outcome": frozenset(State) - frozenset(CLAIMED_BY),
    "state": frozenset(CLAIMED_BY),
    "stage": frozenset(Stage),
    "disposition": frozenset(Appended),
    "cause": frozenset(ParkCause),
    "alarm": frozenset(AlarmKind),
}
"""Labels whose values are all known."""


class Series:
    """The metrics that can be asked for, each with its labels and whether it only ever grows."""

    def __init__(self, declared: Sequence[Declared]) -> None:
        self.labels: dict[str, frozenset[str]] = dict(OF_PROMETHEUS)
        self.growing: set[str] = set()
        for metric in declared:
            for name, more in _series(metric):
                self.labels[name] = frozenset(metric.labels) | more
                if metric.kind != "gauge":
                    self.growing.add(name)


def _series(metric: Declared) -> Iterator[tuple[str, frozenset[str]]]:
    if metric.kind != "histogram":
        yield metric.name, frozenset()
        return
    for part in ("bucket", "sum", "count"):
        yield f"{metric.name}_{part}", frozenset({"le"} if part == "bucket" else ())


def in_grafana(expression: str) -> str:
    """Put values in the place of Grafana's variables."""
    return expression.replace("$__rate_interval", "5m").replace("$organization", "shop")


def defects(expression: str, series: Series) -> list[str]:
    """Tell what is wrong with an expression: it cannot be read, or it asks for what there is not."""
    try:
        tree = promql.parse(expression)
    except ValueError as error:
        return [f"cannot be read: {error}"]
    return list(_defects(tree, series, over_time=False))


def labels_left(expression: str, series: Series) -> frozenset[str]:
    """Give the labels that what comes out of an expression may have."""
    return _left(promql.parse(expression), series)


def _defects(tree: promql.Expr, series: Series, *, over_time: bool) -> Iterator[str]:
    yield from _own_defects(tree, series, over_time=over_time)
    for part in _parts(tree):
        is_rate = isinstance(tree, promql.Call) and tree.func.name in OVER_TIME
        yield from _defects(part, series, over_time=is_rate or (over_time and isinstance(tree, promql.MatrixSelector)))


def _parts(tree: promql.Expr) -> Sequence[promql.Expr]:
    match tree:
        case promql.MatrixSelector():
            return [tree.vector_selector]
        case promql.Call():
            return tree.args
        case promql.AggregateExpr() | promql.ParenExpr() | promql.UnaryExpr():
            return [tree.expr]
        case promql.BinaryExpr():
            return [tree.lhs, tree.rhs]
        case _:
            return []


def _own_defects(tree: promql.Expr, series: Series, *, over_time: bool) -> Iterator[str]:
    match tree:
        case promql.VectorSelector():
            yield from _selector(tree, series, over_time=over_time)
        case promql.Call() if tree.func.name == "histogram_quantile" and "le" not in _left(tree.args[1], series):
            yield "histogram_quantile needs the label le"
        case promql.AggregateExpr(modifier=promql.AggModifier(labels=labels)):
            yield from _unknown(labels, _left(tree.expr, series))
        case promql.BinaryExpr(modifier=promql.BinModifier(matching=promql.LabelModifier(labels=labels))):
            for side in (tree.lhs, tree.rhs):
                yield from _unknown(labels, _left(side, series))
        case promql.SubqueryExpr():
            yield "a subquery is not among what is understood here"
        case _:
            pass


def _selector(selector: promql.VectorSelector, series: Series, *, over_time: bool) -> Iterator[str]:
    name = selector.name or ""
    if name not in series.labels:
        yield f"there is no metric {name}"
        return
    if (name in series.growing) != over_time:
        yield f"{name} is {'only' if name in series.growing else 'not'} of use as a rate"
    matchers = selector.matchers.matchers
    yield from _unknown([each.name for each in matchers], series.labels[name])
    for each in matchers:
        if each.name in VALUES:
            for value in each.value.split("|"):
                if value not in VALUES[each.name]:
                    yield f"{each.name} is never {value}"


def _unknown(asked: Sequence[str], known: frozenset[str]) -> Iterator[str]:
    for label in asked:
        if label not in known:
            yield f"there is no label {label}"


def _left(tree: promql.Expr, series: Series) -> frozenset[str]:
    match tree:
        case promql.VectorSelector():
            return series.labels.get(tree.name or "", frozenset())
        case promql.MatrixSelector():
            return _left(tree.vector_selector, series)
        case promql.Call(func=func):
            labels = frozenset[str]().union(*(_left(argument, series) for argument in tree.args))
            return labels - {"le"} if func.name == "histogram_quantile" else labels
        case promql.AggregateExpr():
            return frozenset(tree.modifier.labels) if tree.modifier is not None else frozenset()
        case promql.BinaryExpr():
            # A comparison with a number, and a division by what has the same labels, leave those of the left side.
            return _left(tree.lhs, series)
        case promql.ParenExpr() | promql.UnaryExpr():
            return _left(tree.expr, series)
        case _:
            return frozenset()


def labels_in_text(text: str) -> frozenset[str]:
    """Give the labels that a legend or a rule's text names."""
    return frozenset(re.findall(r"\{\{\s*(?:\$labels\.)?([a-z_]+)\s*\}\}", text))
