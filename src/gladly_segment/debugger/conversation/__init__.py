"""The conversation screen: why a conversation is in Segment, or is not, and all that was heard of it."""

from gladly_segment.debugger.conversation.handlers import ConversationHandlers
from gladly_segment.debugger.conversation.watched import Trace, WatchedConversations

__all__ = ["ConversationHandlers", "Trace", "WatchedConversations"]
