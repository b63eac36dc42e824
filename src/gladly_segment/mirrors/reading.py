"""What arrived, as it is read beside the service or without one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final

from gladly_segment.core.ids import MessageId, OrganizationId
from gladly_segment.core.moments import to_moment
from gladly_segment.mirrors.file import FILE_NAME, open_for_reading, trouble

_PORTION: Final = 5_000


def arrived(data_dir: Path, organization: OrganizationId) -> Iterator[list[tuple[MessageId, int]]]:
    """Give what arrived of an organization, portion by portion, each messageId with how often.

    Raises MirrorUnavailableError.
    """
    db = open_for_reading(data_dir)
    if db is None:
        return
    with closing(db):
        try:
            rows = db.execute("SELECT message_id, times FROM arrived WHERE organization = ?", (organization,))
            while portion := rows.fetchmany(_PORTION):
                yield [(MessageId(message), times) for message, times in portion]
        except sqlite3.Error as error:
            raise trouble(error, data_dir / FILE_NAME) from error


def first_arrival(data_dir: Path, organization: OrganizationId | None) -> dict[OrganizationId, datetime]:
    """Tell since when messages of an organization, or of each, arrive; those of which none did are left out.

    Raises MirrorUnavailableError.
    """
    db = open_for_reading(data_dir)
    if db is None:
        return {}
    with closing(db):
        try:
            rows = db.execute("SELECT organization, min(first_ms) FROM arrived GROUP BY organization").fetchall()
        except sqlite3.Error as error:
            raise trouble(error, data_dir / FILE_NAME) from error
    firsts = {OrganizationId(name): to_moment(first_ms) for name, first_ms in rows}
    return {name: first for name, first in firsts.items() if organization in (None, name)}
