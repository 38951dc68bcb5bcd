"""Live streams."""

from pydantic import Field

from infra.settings.section import Section


class LiveSettings(Section):
    """Live streams. Each API process has its own limits."""

    streams: int = Field(default=2000, ge=1, le=65535, description="The most streams that are open at the same time.")
    streams_per_caller: int = Field(
        default=100, ge=1, le=65535, description="How many of these each account and each API key may have open."
    )
    heartbeat_s: float = Field(
        default=15.0, gt=0, le=300, description="The longest time without a message. Then a heartbeat is sent."
    )
    longest_s: float = Field(
        default=3600.0, gt=0, le=86_400, description="How long a stream lasts at most. A client then resumes."
    )
    recheck_s: float = Field(
        default=5.0,
        gt=0,
        le=60,
        description="How often a stream checks that the log-in, API key or application is still valid.",
    )
    buffer: int = Field(
        default=1000,
        ge=1,
        le=100_000,
        description="The most outcomes that may wait for one client. A client that falls further behind is cut off.",
    )
    buffer_bytes: int = Field(
        default=4_194_304,
        ge=65_536,
        description="The size of the outcomes that may wait for one client. Clients that wait for the same outcome "
        "share its memory.",
    )
    patience_s: float = Field(
        default=10.0, gt=0, le=300, description="How long a client may take to receive what is sent to it."
    )
    history_bytes: int = Field(
        default=16_777_216,
        ge=65_536,
        description="The size of the last outcomes that are kept, so that clients that come back are answered without "
        "reading the topics again. They take up to about four times as much memory.",
    )
