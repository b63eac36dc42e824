"""What a service's metrics say, read from their text form."""

from collections import Counter
from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

_NAMESPACE = "gladly_segment_"


class MetricsText:
    """The metrics of one moment. `labels` choose among series; names stand without their namespace."""

    def __init__(self, exposition: str) -> None:
        """Raises ValueError when it is no exposition."""
        self._samples = [sample for family in text_string_to_metric_families(exposition) for sample in family.samples]

    def total(self, name: str, **labels: str) -> float:
        """Add up all series of a metric; 0 where there is none."""
        return sum(sample.value for sample in self._of(name, labels))

    def pending(self, **labels: str) -> dict[str, int]:
        """Count the receipts that are not settled, by state."""
        counts = Counter[str]()
        for sample in self._of("pending_receipts", labels):
            counts[sample.labels["state"]] += int(sample.value)
        return dict(counts)

    def settled(self, **labels: str) -> dict[tuple[str, str], int]:
        """Count the receipts that ended, by outcome and reason."""
        counts = Counter[tuple[str, str]]()
        for sample in self._of("settled_total", labels):
            counts[sample.labels["outcome"], sample.labels["reason"]] += int(sample.value)
        return dict(counts)

    def _of(self, name: str, labels: Mapping[str, str]) -> list[Sample]:
        wanted = labels.items()
        return [each for each in self._samples if each.name == _NAMESPACE + name and wanted <= each.labels.items()]
