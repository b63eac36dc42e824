"""What a situation is made of, from within the service and from outside of it alike."""

from datetime import datetime

from gladly_segment.core.moments import parse_moment
from gladly_segment.core.organization import Organization
from gladly_segment.core.quota import Quota
from gladly_segment.core.situation import AtGladly, FeedSeen, FeedState, Rate
from gladly_segment.ports.entities import ConversationAnswer, Gone
from gladly_segment.ports.registry import Feed
from gladly_segment.recover.decision import NEW


def rate_of(organization: Organization, limit_per_s: int | None, left: int | None) -> Rate:
    """Give an organization's rate; until Gladly tells its limit, the one of Gladly's description counts."""
    limit = limit_per_s or Quota(organization.gladly.share).limit_per_s
    return Rate(ours_per_s=max(1, int(limit * organization.gladly.share)), limit_per_s=limit, left=left)


def kept_since(organization: Organization, now: datetime) -> datetime | None:
    """Tell since when what ended is kept; None for ever."""
    try:
        return now - organization.retention.ended
    except OverflowError:
        return None


def told_by_gladly(answer: ConversationAnswer) -> AtGladly:
    """Give what an answer tells of a conversation."""
    if isinstance(answer, Gone):
        return AtGladly(found=False)
    return AtGladly(True, parse_moment(answer.created_at), parse_moment(answer.closed_at or ""))


def cut_off(noted: Feed, now: datetime) -> FeedSeen | None:
    """Tell what a noted feed says of being cut off: None where it says nothing."""
    since = noted.disabled_since
    # So soon after connecting, it was perhaps only looked at too early.
    if since is None or (noted.whole_until is None and now - since < NEW):
        return None
    return FeedSeen(FeedState.MISSING if noted.webhook_id is None else FeedState.DISABLED, since)
