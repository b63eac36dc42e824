"""Secrets that cannot be shown by accident."""

from typing import Final, final

MASK: Final = "********"


@final
class Secret:
    """A text that shows as a mask wherever it is printed, logged or formatted; `reveal()` gives it to the wire."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Give the text itself: for a request's header and nothing else."""
        return self._text

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)
