"""What was given to the wizard so far: in memory, for a quarter of an hour, and of one visitor."""

import asyncio
import secrets
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from gladly_segment.core.secret import Secret
from gladly_segment.debugger.connect.watched import Entry, Line
from gladly_segment.debugger.wrong import Wrong

LIFETIME_S: Final = 15 * 60.0
MOST: Final = 50

_ID_BYTES: Final = 16


class Stage(StrEnum):
    """What is asked for next."""

    GLADLY = "gladly"
    SOURCE = "source"
    PROOF = "proof"
    ADDRESS = "address"
    PLAN = "plan"


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What was given, and what came of it: the lines of each stage; `wrong` is about the stage that is asked for."""

    id: str
    owner: str
    stage: Stage = Stage.GLADLY
    organization: str = ""
    texts: Mapping[str, str] = {}
    secrets: Mapping[str, Secret] = {}
    secrets_known: frozenset[str] = frozenset()
    may_change_key: bool = False
    is_known: bool = False
    lines: Mapping[Stage, tuple[Line, ...]] = {}
    code: str = ""
    address: str = ""
    take_over: bool = False
    wrong: Wrong | None = None

    @property
    def entry(self) -> Entry:
        """Give what was given."""
        return Entry(
            organization=self.organization,
            texts=self.texts,
            secrets=self.secrets,
            may_change_key=self.may_change_key,
        )


class Drafts:
    """Keeps them; above `MOST` the oldest is forgotten. No secret of theirs is anywhere else."""

    def __init__(self, lifetime_s: float = LIFETIME_S) -> None:
        self._lifetime_s = lifetime_s
        self._kept: dict[str, Draft] = {}

    def begin(self, owner: str) -> Draft:
        """Begin one."""
        draft = Draft(id=secrets.token_urlsafe(_ID_BYTES), owner=owner)
        while len(self._kept) >= MOST:
            del self._kept[next(iter(self._kept))]
        self._kept[draft.id] = draft
        asyncio.get_running_loop().call_later(self._lifetime_s, self.forget, draft.id)
        return draft

    def find(self, id_: str, owner: str) -> Draft | None:
        """Give one of a visitor."""
        draft = self._kept.get(id_)
        return draft if draft is not None and draft.owner == owner else None

    def put(self, draft: Draft) -> Draft:
        """Keep it as it is now, unless it was forgotten meanwhile."""
        if draft.id in self._kept:
            self._kept[draft.id] = draft
        return draft

    def forget(self, id_: str) -> None:
        """Forget it; there may be none."""
        self._kept.pop(id_, None)
