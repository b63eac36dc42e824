"""The running service: the only place that names concrete drivers; build, start order, drain."""

from gladly_segment.service.run import serve

__all__ = ["serve"]
