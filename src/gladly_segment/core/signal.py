"""What all signals have in common."""

import re

import msgspec


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Signaled(msgspec.Struct, frozen=True, tag=_snake):
    """Its tag, `webhook_answered` for example, names the signal in logs."""
