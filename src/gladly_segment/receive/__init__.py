"""Receive: verify who calls, make the event durable, answer. Nothing is read from a vendor here."""

from gladly_segment.receive.app import Receiver
from gladly_segment.receive.credentials import WebhookCredentials

__all__ = ["Receiver", "WebhookCredentials"]
