"""Identifiers, each its own type so that one cannot stand in for another."""

from typing import NewType

OrganizationId = NewType("OrganizationId", str)
"""A Gladly organization: its subdomain, as in `https://{organization}.gladly.com`."""

ConversationId = NewType("ConversationId", str)
CustomerId = NewType("CustomerId", str)
AgentId = NewType("AgentId", str)
TopicId = NewType("TopicId", str)

Lane = NewType("Lane", str)
"""What is kept in strict order: one conversation, or one customer's profile changes."""

ReceiptKey = NewType("ReceiptKey", str)
"""Names one occurrence within an organization, whatever path brought it: hex of at least 128 bits."""

MessageId = NewType("MessageId", str)
"""What Segment recognises a repeated event by, across all of its workspaces."""

Seq = NewType("Seq", int)
"""A receipt's place in the journal: the log order."""
