"""What is relied on in a topic that somebody else made."""

import pytest

from infra.errors import TransientError
from infra.kafka.topic_setup import broken_promise, create_topics
from infra.settings.servers import KafkaSettings
from schemas.topics import Topic

TOPIC = Topic("dead-letters", 2_000_000, 1)
UNKEPT = Topic("questions", 2_000_000, 600_000, 60_000)


def described(times: str = "LogAppendTime", largest: int = 2_000_000, kept_ms: int = 1) -> dict[str, str]:
    return {"message.timestamp.type": times, "max.message.bytes": str(largest), "retention.ms": str(kept_ms)}


@pytest.mark.parametrize("largest", [2_000_000, 9_000_000])
def test_a_topic_that_keeps_what_is_relied_on_is_left_alone(largest: int) -> None:
    assert broken_promise(TOPIC, described(largest=largest)) is None


def test_a_topic_whose_producers_set_its_times_is_refused_with_the_command_that_mends_it() -> None:
    told = broken_promise(TOPIC, described(times="CreateTime"))
    assert told is not None
    assert "--entity-name dead-letters --add-config message.timestamp.type=LogAppendTime`" in told


def test_a_topic_that_takes_too_small_messages_is_refused() -> None:
    told = broken_promise(TOPIC, described(times="CreateTime", largest=1_048_588))
    assert told is not None
    assert "--add-config message.timestamp.type=LogAppendTime,max.message.bytes=2000000`" in told


@pytest.mark.parametrize("kept_ms", [-1, 600_001, 86_400_000])
def test_a_topic_that_keeps_what_nobody_is_to_keep_is_refused(kept_ms: int) -> None:
    told = broken_promise(UNKEPT, described(kept_ms=kept_ms))
    assert told is not None
    assert "--entity-name questions --add-config retention.ms=600000`" in told
    assert broken_promise(TOPIC, described(kept_ms=kept_ms)) is None
    assert broken_promise(UNKEPT, described(kept_ms=600_000)) is None


def test_brokers_that_do_not_answer_are_a_transient_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.kafka.topic_setup.REQUEST_TIMEOUT_S", 0.2)
    with pytest.raises(TransientError, match=r"Kafka at 127\.0\.0\.1:1 does not answer"):
        create_topics(KafkaSettings(bootstrap_servers="127.0.0.1:1"))
