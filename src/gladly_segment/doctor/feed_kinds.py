"""Kinds of findings about the way of events: from Gladly, by the webhook, to Segment."""

from collections.abc import Mapping
from typing import Final

from gladly_segment.doctor.codes import Code, Kind
from gladly_segment.doctor.findings import Check, Severity

_NOTE, _WARNING, _ERROR = Severity.NOTE, Severity.WARNING, Severity.ERROR

FEED_KINDS: Final[Mapping[Code, Kind]] = {
    Code.CLOCK_WRONG: Kind(
        Check.CLOCK,
        _ERROR,
        "Segment corrects each event's time by this clock: events are stored with wrong times.",
        "Synchronise this machine's clock: timedatectl set-ntp true",
    ),
    Code.CLOCK_SKEWED: Kind(
        Check.CLOCK,
        _WARNING,
        "Segment corrects each event's time by this clock: events are stored as much too early or too late.",
        "Synchronise this machine's clock: timedatectl set-ntp true",
    ),
    Code.GLADLY_UNREACHABLE: Kind(
        Check.GLADLY,
        _ERROR,
        "Events wait, and become dead letters after enrich_max_age_h.",
        "Check gladly_url, name resolution, proxy and firewall; then curl -sI {url}",
    ),
    Code.GLADLY_MISDIRECTED: Kind(
        Check.GLADLY,
        _ERROR,
        "What answers there is not Gladly's API: no event can be enriched, all of them wait.",
        "gladly-segment connect {organization} --gladly-url https://{organization}.gladly.com, or whatever its "
        "address is.",
        "Set gladly_url of {organization} to its Gladly address, https://{organization}.gladly.com by default.",
    ),
    Code.GLADLY_TOKEN_REFUSED: Kind(
        Check.GLADLY,
        _ERROR,
        "No event can be enriched: all of them wait.",
        "Make an API token in Gladly (Settings, API Tokens), then: gladly-segment connect {organization} "
        "--gladly-token-file FILE",
        "Make an API token in Gladly (Settings, API Tokens), and set gladly_user and gladly_token of {organization}.",
    ),
    Code.GLADLY_PERMISSION_MISSING: Kind(
        Check.GLADLY,
        _ERROR,
        "No event can be enriched: all of them wait.",
        "Give the agent who owns the API token the API User permission in Gladly.",
    ),
    Code.GLADLY_UNAVAILABLE: Kind(
        Check.GLADLY, _WARNING, "Events wait until Gladly works again.", "Look at Gladly's status page, and wait."
    ),
    Code.GLADLY_THROTTLED: Kind(
        Check.GLADLY,
        _WARNING,
        "The organization's rate is used up, by all of its tools together: events are enriched late.",
        "Find the tool that uses it up, ask Gladly for a higher rate, or raise gladly_share.",
    ),
    Code.GLADLY_SLOW: Kind(
        Check.GLADLY, _WARNING, "An answer that takes 10 s counts as none.", "Look at Gladly's status page, and wait."
    ),
    Code.SEGMENT_UNREACHABLE: Kind(
        Check.SEGMENT,
        _ERROR,
        "Events wait, and become dead letters after deliver_max_age_h.",
        "Check segment_region, segment_host, name resolution, proxy and firewall; then curl -sI {url}",
    ),
    Code.SEGMENT_MISDIRECTED: Kind(
        Check.SEGMENT,
        _ERROR,
        "What answers there does not take events as Segment does: all of them wait.",
        "gladly-segment connect {organization} --segment-region us or eu, whichever is the workspace's.",
        "Set segment_region of {organization} to the workspace's, and segment_host only for a host that speaks like "
        "Segment.",
    ),
    Code.SEGMENT_UNAVAILABLE: Kind(
        Check.SEGMENT, _WARNING, "Events wait until Segment works again.", "Look at Segment's status page, and wait."
    ),
    Code.SEGMENT_SLOW: Kind(
        Check.SEGMENT, _WARNING, "An answer that takes 15 s counts as none.", "Look at Segment's status page, and wait."
    ),
    Code.SEGMENT_TEST_REFUSED: Kind(
        Check.SEGMENT,
        _ERROR,
        "Real events would fare no better.",
        "gladly-segment connect {organization} --segment-write-key-file FILE --segment-region us or eu, as the "
        "source in Segment says.",
        "Set segment_write_key and segment_region of {organization} to those of the source in Segment.",
    ),
    Code.WEBHOOK_MISSING: Kind(
        Check.WEBHOOK,
        _ERROR,
        "Gladly tells this service of nothing.",
        "gladly-segment connect {organization}",
        "Register one with the credentials of the settings (README, Connect it), or take {organization} out there "
        "and: gladly-segment connect {organization}",
    ),
    Code.WEBHOOK_DISABLED: Kind(
        Check.WEBHOOK,
        _ERROR,
        "Gladly sends nothing, and will not resend what happens meanwhile.",
        "gladly-segment connect {organization}; what Gladly gave up itself, a running service enables again by "
        "itself within minutes.",
        "Enable it in Gladly (Settings, Webhooks) while the service runs; what Gladly gave up itself, a running "
        "service enables again by itself within minutes.",
    ),
    Code.WEBHOOK_ELSEWHERE: Kind(
        Check.WEBHOOK,
        _ERROR,
        "The service takes an organization's webhooks at /webhooks/ORG only: others are answered 404.",
        "gladly-segment connect {organization} --public-url https://YOUR-HOST/webhooks/{organization}",
        "In Gladly (Settings, Webhooks), let its url end with /webhooks/{organization}.",
    ),
    Code.WEBHOOK_EVENTS_MISSING: Kind(
        Check.WEBHOOK,
        _ERROR,
        "What the webhook is not subscribed to never reaches Segment.",
        "gladly-segment connect {organization}",
        "In Gladly (Settings, Webhooks), add these events to it.",
    ),
    Code.WEBHOOK_PROFILES_MISSING: Kind(
        Check.WEBHOOK,
        _WARNING,
        "A changed customer profile is noticed up to five minutes late: events may carry the former name or address.",
        "gladly-segment connect {organization}",
        "In Gladly (Settings, Webhooks), add these events to it.",
    ),
    Code.WEBHOOK_WITHOUT_CREDENTIALS: Kind(
        Check.WEBHOOK,
        _ERROR,
        "Gladly does not show the credentials that this service asks for: its webhooks are answered 401.",
        "gladly-segment connect {organization}",
        "In Gladly (Settings, Webhooks), give it webhook_username and one of webhook_passwords.",
    ),
    Code.WEBHOOK_TWICE: Kind(
        Check.WEBHOOK,
        _WARNING,
        "Events come twice, which is recognised and costs time; or they go to another installation, which delivers "
        "them as well.",
        "In Gladly (Settings, Webhooks), disable and delete all but the one of this service.",
    ),
    Code.WEBHOOKS_NEAR_LIMIT: Kind(
        Check.WEBHOOK,
        _NOTE,
        "An organization may have 20 webhooks: a new one is refused above that.",
        "In Gladly (Settings, Webhooks), delete those that nobody needs.",
    ),
    Code.RIVAL_WEBHOOK: Kind(
        Check.DOUBLES,
        _WARNING,
        "Something else seems to send the same events to Segment: there each would be counted twice.",
        "Switch one of them off: the other webhook in Gladly (Settings, Webhooks), or gladly-segment disconnect "
        "{organization}",
        "Switch one of them off: the other webhook in Gladly (Settings, Webhooks), or take {organization} out of "
        "the settings.",
    ),
    Code.SEGMENT_APP_HIDDEN: Kind(
        Check.DOUBLES,
        _NOTE,
        "Gladly's own Segment app sends the same events under other ids: beside it every event is counted twice.",
        "Look in Gladly under Settings, App Developer Tools, Apps; switch a Segment app off or delete it.",
    ),
    Code.NO_EVENT_YET: Kind(
        Check.FEED,
        _NOTE,
        "Before the first event it is not shown that webhooks arrive.",
        "Open and close a conversation in Gladly, and look again.",
    ),
    Code.FEED_SILENT: Kind(
        Check.FEED,
        _WARNING,
        "Webhooks may be lost on their way: Gladly resends nothing once it has given up.",
        "Open a conversation in Gladly and look again; if no event comes, check the webhook's url and the proxy "
        "before the service.",
    ),
    Code.ENRICH_HELD: Kind(
        Check.BACKLOG,
        _ERROR,
        "Gladly refuses every request, so no event of this organization is enriched; nothing is lost meanwhile.",
        "gladly-segment connect {organization} --gladly-token-file FILE, with a token of an agent who has the API "
        "User permission.",
        "Set gladly_user and gladly_token of {organization} to those of an agent who has the API User permission.",
    ),
    Code.DELIVER_HELD: Kind(
        Check.BACKLOG,
        _ERROR,
        "Segment refuses every batch, so no event of this organization is delivered; nothing is lost meanwhile.",
        "gladly-segment connect {organization} --segment-write-key-file FILE --segment-region us or eu, as the "
        "source in Segment says.",
        "Set segment_write_key and segment_region of {organization} to those of the source in Segment.",
    ),
    Code.BACKLOG_AGEING: Kind(
        Check.BACKLOG,
        _WARNING,
        "Events reach Segment late.",
        "See the findings about the vendors; then gladly-segment explain CONVERSATION_ID, of one that waits.",
    ),
    Code.BACKLOG_LATE: Kind(
        Check.BACKLOG,
        _ERROR,
        "Events that wait for longer than their maximum age become dead letters.",
        "Mend what holds them up, or raise {setting} of {organization}.",
    ),
    Code.BACKLOG_NEAR_LIMIT: Kind(
        Check.BACKLOG,
        _WARNING,
        "Above max_backlog webhooks are answered 503, and Gladly gives the webhook up after about 1.6 hours.",
        "Mend what holds the events up, or raise max_backlog of {organization}.",
    ),
    Code.HOURS_INCOMPLETE: Kind(
        Check.COMPLETENESS,
        _WARNING,
        "What Gladly tells of these hours and what became of it do not come out even, and will not by themselves.",
        "gladly-segment certify --since {since} --organization {organization} lists each difference by its ids.",
    ),
    Code.HOURS_UNCERTIFIED: Kind(
        Check.COMPLETENESS,
        _WARNING,
        "Nobody knows whether anything is missing since.",
        "See the findings about Gladly and the service; then gladly-segment certify --since {since} --organization "
        "{organization}",
    ),
    Code.DEAD_LETTERS: Kind(
        Check.DEAD_LETTERS,
        _WARNING,
        "These events are not in Segment, and will not get there by themselves.",
        "{action} gladly-segment dead list --organization {organization} --cause {cause}",
    ),
}
