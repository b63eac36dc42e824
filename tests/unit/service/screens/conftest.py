from tests.unit.transport.bounds import bounded

__all__ = ["bounded"]
