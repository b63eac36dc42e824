"""`gladly-segment replay`: deliver again."""

from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from gladly_segment.cli.journal import Config, DataDir, moment, with_curator
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.records import Selection


def replay_command(
    *,
    since: Annotated[str, Parameter(help="From when on received: RFC 3339, or so long ago (90m, 36h, 7d).")],
    organization: Annotated[str, Parameter(help="Organization whose events are delivered again.")],
    until: Annotated[str | None, Parameter(help="Until when received; by default now.")] = None,
    remap: Annotated[
        bool, Parameter(negative="", help="Read the entities again and map anew; looks at suppressed events again too.")
    ] = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> None:
    """Deliver again what was delivered, under the same messageId, behind live events.

    Segment recognises a messageId for about 24 hours: what it accepted within them is not counted again, what is older
    is. Works while the service runs.
    """
    selection = Selection(
        organization=OrganizationId(organization),
        since=moment(since),
        until=moment(until) if until else None,
    )
    replayed = with_curator(config, data_dir, lambda curator: curator.replay(selection, remap=remap))
    gone = (
        f"; {replayed.without_content} cannot be: their content is no longer kept" if replayed.without_content else ""
    )
    Console().print(f"{replayed.on_their_way} on their way again{gone}", highlight=False)
