"""Fetches are bounded in number and attempts, and their failures carry no secret."""

import asyncio
from collections.abc import Sequence

import pytest

from infra.errors import ConfigurationError, SourceUnavailable
from infra.lanes import Lane
from infra.settings.recognition import SourceSettings
from infra.sources.image_source import FetchedImage, ImageSource
from schemas.texts.uris import SourceUri
from tests.virtual_time import now

pytestmark = pytest.mark.virtual_time


class FailingResolver:
    """Answers no name, and counts how often and how many at a time it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.at_once = 0
        self.most_at_once = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.01)
        self.at_once -= 1
        raise SourceUnavailable("The name could not be resolved.")


async def test_a_source_that_does_not_answer_is_asked_as_often_as_settings_say() -> None:
    resolver = FailingResolver()
    source = ImageSource(SourceSettings(attempts=3), resolve=resolver)
    try:
        with pytest.raises(SourceUnavailable) as failure:
            await source.fetch("https://img.shop.example/a?sig=hush", allowed_prefixes=["https://img.shop.example/"])
    finally:
        await source.close()
    assert resolver.asked == 3
    assert "hush" not in str(failure.value)


async def test_no_more_fetches_run_at_a_time_than_settings_allow() -> None:
    resolver = FailingResolver()
    source = ImageSource(SourceSettings(attempts=1, concurrent_fetches=2), resolve=resolver)
    uris = [f"https://img{number}.shop.example/a" for number in range(10)]
    try:
        outcomes = await asyncio.gather(
            *(source.fetch(uri, allowed_prefixes=["https://*.shop.example/"]) for uri in uris), return_exceptions=True
        )
    finally:
        await source.close()
    assert [type(outcome) for outcome in outcomes] == [SourceUnavailable] * 10
    assert resolver.most_at_once == 2


class HangingResolver:
    """Never answers, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        await asyncio.Event().wait()
        return ()


@pytest.mark.parametrize(("lane", "expected_s"), [(Lane.URGENT, 0.1), (Lane.BATCH, 0.1), (Lane.RETRY, 0.4)])
async def test_patience_is_short_at_first_and_longer_when_an_image_was_put_off(lane: Lane, expected_s: float) -> None:
    resolver = HangingResolver()
    source = ImageSource(SourceSettings(attempts=3, patience_s=0.1, timeout_s=0.4), resolve=resolver)
    began = now()
    with pytest.raises(SourceUnavailable, match="did not come within"):
        await source.fetch("https://img.shop.example/a", allowed_prefixes=["https://img.shop.example/"], lane=lane)
    assert now() - began == pytest.approx(expected_s)
    assert resolver.asked == 1
    await source.close()


async def test_images_that_are_tried_again_leave_the_slots_to_others() -> None:
    resolver = HangingResolver()
    source = ImageSource(SourceSettings(attempts=1, concurrent_fetches=4, timeout_s=1, patience_s=1), resolve=resolver)
    uris = [f"https://img{number}.shop.example/a" for number in range(10)]
    allowed = ["https://*.shop.example/"]
    asking = [asyncio.create_task(source.fetch(uri, allowed_prefixes=allowed, lane=Lane.RETRY)) for uri in uris]
    await asyncio.sleep(0.05)
    assert resolver.asked == 1
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    await source.close()


def test_memory_for_no_image_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="no image could be fetched"):
        SourceSettings(memory_bytes=1024, max_bytes=2048)


def test_waits_between_attempts_are_named_in_a_shell_as_a_list() -> None:
    settings = SourceSettings.model_validate({"retry_delays_s": "1, 2.5"})
    assert settings.retry_delays_s == [1.0, 2.5]
    for wrong in ("", "-1", "1,2,3,4"):
        with pytest.raises(ValueError):  # noqa: PT011 - whichever rule is broken
            SourceSettings.model_validate({"retry_delays_s": wrong})


async def test_the_uri_can_be_checked_without_fetching() -> None:
    source = ImageSource(SourceSettings())
    assert isinstance(source.check_uri("s3://shop/a.jpg", ["s3://shop/"]), SourceUri)
    await source.close()


@pytest.mark.parametrize("scheme", ["s3", "gs", "az"])
def test_a_misspelt_store_option_is_named_at_the_start_without_its_value(scheme: str) -> None:
    with pytest.raises(ConfigurationError, match=f"VEDETTE_SOURCES__{scheme.upper()} .*endpont") as failure:
        ImageSource(SourceSettings.model_validate({scheme: {"endpont": "hush"}}))
    assert "hush" not in str(failure.value)


def test_a_missing_certificate_file_is_named_at_the_start(tmp_path: object) -> None:
    with pytest.raises(ConfigurationError, match="VEDETTE_SOURCES__HTTPS_CA_LOCATION"):
        ImageSource(SourceSettings.model_validate({"https_ca_location": f"{tmp_path}/none.pem"}))


def test_image_bytes_do_not_show_in_logs() -> None:
    assert "secret" not in repr(FetchedImage(b"secret"))
