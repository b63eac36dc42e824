"""Where the screens are that others lead to."""

import shlex
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from aiohttp import web

from gladly_segment.admin.origin import scheme_of
from gladly_segment.core.ids import ConversationId, OrganizationId


def conversation_path(organization: OrganizationId, conversation: ConversationId) -> str:
    """Lead to a conversation, whatever its id is made of."""
    return f"/conversations/{quote(organization, safe='')}/{quote(conversation, safe='')}"


def events_path(text: str, organization: OrganizationId) -> str:
    """Lead to an organization's events that have all words of a text."""
    return f"/events?{urlencode({'q': text, 'organization': organization})}"


def explain_command(organization: OrganizationId, conversation: ConversationId) -> str:
    """Give the command that explains a conversation."""
    return shlex.join(("gladly-segment", "explain", conversation, "--organization", organization))


def curl_of(request: web.BaseRequest, path: str, query: Mapping[str, str] | None = None) -> str:
    """Give the command that reads a JSON twin; the token is left to a variable of the shell."""
    url = f"{scheme_of(request)}://{request.host}{path}{f'?{urlencode(query)}' if query else ''}"
    return f'curl -H "Authorization: Bearer $TOKEN" {shlex.quote(url)}'
