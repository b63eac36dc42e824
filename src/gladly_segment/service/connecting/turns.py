"""One at a time connects, changes or disconnects an organization, in whatever process."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from gladly_segment.config.values import ORGANIZATION_NAME
from gladly_segment.connect.refusals import Reason, refusal
from gladly_segment.core.errors import InputError
from gladly_segment.core.ids import OrganizationId


@contextmanager
def alone(data_dir: Path, organization: OrganizationId) -> Generator[None]:
    """Be the only one while the block lasts.

    Raises ConnectRefusedError when somebody else is, InputError for what cannot be an organization's name: it becomes
    that of a file. The kernel frees what a process held, however it ends; the file stays, since others may just be
    opening it.
    """
    if not ORGANIZATION_NAME.fullmatch(organization):
        raise InputError("there is no organization of this name", hint="gladly-segment organizations list names all")
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    fd = os.open(data_dir / f"{organization}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(fd, organization)
        yield
    finally:
        os.close(fd)


def _take(fd: int, organization: OrganizationId) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise refusal(
            Reason.UNDER_WAY, f"somebody is connecting, changing or disconnecting {organization} just now"
        ) from None
