"""Receive: verify who calls, make the event durable, answer. Nothing is read from a vendor here."""

from gladly_segment.receive.app import Receiver
from gladly_segment.receive.doors import Door, Doors
from gladly_segment.receive.endpoints import ENDPOINTS

__all__ = ["ENDPOINTS", "Door", "Doors", "Receiver"]
