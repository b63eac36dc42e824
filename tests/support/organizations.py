"""Organizations as tests need them."""

from datetime import timedelta

from gladly_segment.core.credentials import WebhookCredentials
from gladly_segment.core.ids import OrganizationId
from gladly_segment.core.organization import (
    GladlyAccess,
    Limits,
    Organization,
    Origin,
    Retention,
    SegmentAccess,
)
from gladly_segment.core.secret import Secret

DAY = timedelta(days=1)


def an_organization(name: str = "acme", *, write_key: str = "write-key", paused: bool = False) -> Organization:
    return Organization(
        name=OrganizationId(name),
        origin=Origin.FILE,
        gladly=GladlyAccess(url="https://acme.example", user="api@acme.example", token=Secret("token"), share=0.8),
        segment=SegmentAccess(host="https://segment.example", region="us", write_key=Secret(write_key)),
        webhook=WebhookCredentials(),
        limits=Limits(enrich_max_age=DAY, deliver_max_age=DAY),
        retention=Retention(ended=DAY, dead=DAY, content=DAY),
        paused=paused,
    )
