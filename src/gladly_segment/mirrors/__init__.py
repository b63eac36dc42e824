"""Which track events reached what is behind Segment: `mirror.sqlite`, beside the journal and droppable."""

from gladly_segment.mirrors.arrivals import SqliteArrivals
from gladly_segment.mirrors.comparison import Comparison
from gladly_segment.mirrors.reading import arrived, first_arrival

__all__ = ["Comparison", "SqliteArrivals", "arrived", "first_arrival"]
