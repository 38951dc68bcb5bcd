"""Every message that lies within a Protocol Buffers message, found by its descriptors and not by a list of places."""

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet


def messages_within(message: Message) -> Iterator[Message]:
    """Yield ``message`` and every message in it, at any depth: also in fields that later versions of its format add."""
    waiting = [message]
    while waiting:
        found = waiting.pop()
        yield found
        for field, value in found.ListFields():
            if field.type in (FieldDescriptor.TYPE_MESSAGE, FieldDescriptor.TYPE_GROUP):
                waiting += _members(value)


def has_unknown_fields(message: Message) -> bool:
    """Whether this very message holds fields that this version of its format does not know, and cannot look into."""
    return len(UnknownFieldSet(message)) > 0


def _members(value: object) -> list[Message]:
    """Return the messages that one field holds: one, several, or those of a map."""
    if isinstance(value, Message):
        return [value]
    values = value.values() if isinstance(value, Mapping) else cast(Iterable[object], value)
    return [member for member in values if isinstance(member, Message)]
