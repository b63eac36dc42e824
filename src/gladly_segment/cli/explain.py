"""`gladly-segment explain`: what became of a conversation."""

from rich.console import Console

from gladly_segment.cli.history import print_histories, print_json
from gladly_segment.cli.journal import AsJson, Config, DataDir, Organization, with_curator
from gladly_segment.core.ids import ConversationId, OrganizationId
from gladly_segment.mapping.intake import conversation_lane


def explain_command(
    conversation_id: str,
    /,
    *,
    organization: Organization = None,
    json: AsJson = False,
    config: Config = None,
    data_dir: DataDir = None,
) -> int:
    """Tell what became of a conversation: its receipts, attempts, verdicts and track events, in order.

    Works while the service runs. Exit status 1 when nothing was ever received of the conversation.
    """
    only = OrganizationId(organization) if organization else None
    lane = conversation_lane(ConversationId(conversation_id))
    histories = with_curator(config, data_dir, lambda curator: curator.explain(only, lane))
    if json:
        print_json(histories)
    elif histories:
        print_histories(Console(), histories)
    else:
        Console().print(
            f"Nothing was ever received of conversation {conversation_id}: Gladly sent no webhook for it to this "
            "service, or it was before this service ran, or it is older than the retention.",
            soft_wrap=True,
            highlight=False,
            markup=False,
        )
    return 0 if histories else 1
