"""Where models run: a GPU where there is one, and a plain word about why not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from infra.errors import ConfigurationError
from infra.settings.recognition import ModelSettings
from processors.models.runtime import providers
from processors.models.runtime.providers import CPU, CUDA, TENSORRT, choose_device
from processors.models.runtime.session import OnnxSession
from tests.fakes.models import add_colours


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    choose_device.cache_clear()
    yield
    choose_device.cache_clear()


def without_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "DRIVER", "libcuda-that-is-nowhere.so.1")


def with_gpu(monkeypatch: pytest.MonkeyPatch, *, tensorrt: bool = False) -> None:
    """As on a machine that has one; nothing is run there."""
    monkeypatch.setattr(providers, "_missing_cuda", lambda: None)
    monkeypatch.setattr(providers, "_loads", lambda library: tensorrt)


def test_without_a_gpu_work_goes_on_and_the_reason_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    without_gpu(monkeypatch)
    files = add_colours(tmp_path).load("colours", 2)
    with structlog.testing.capture_logs() as logs:
        sessions = [OnnxSession(files.onnx, ModelSettings()) for _ in range(2)]
    assert not any(session.on_gpu for session in sessions)
    [choice] = [log for log in logs if log["event"] == "inference_provider"]
    assert (choice["provider"], choice["reason"]) == (CPU, "libcuda-that-is-nowhere.so.1 is not installed")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("provider", ["cuda", "tensorrt"])
def test_a_gpu_that_was_asked_for_by_name_and_is_missing_is_an_error(
    monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    without_gpu(monkeypatch)
    with pytest.raises(ConfigurationError, match=rf"PROVIDER={provider}: libcuda-that-is-nowhere\.so\.1 is not inst"):
        choose_device(ModelSettings(provider=provider))


def test_a_gpu_is_taken_where_there_is_one_with_the_limits_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    with_gpu(monkeypatch)
    device = choose_device(ModelSettings(gpu_device=1, gpu_memory_limit_mib=512, gpu_arena="power_of_two"))
    assert [name for name, _ in device.providers] == [CUDA, CPU]
    options = device.providers[0][1]
    assert (options["device_id"], options["gpu_mem_limit"]) == ("1", str(512 * 2**20))
    assert options["arena_extend_strategy"] == "kNextPowerOfTwo"
    assert (device.on_gpu, device.number) == (True, 1)


def test_tensorrt_is_used_only_where_it_was_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with_gpu(monkeypatch, tensorrt=True)
    assert TENSORRT not in [name for name, _ in choose_device(ModelSettings()).providers]
    device = choose_device(ModelSettings(provider="tensorrt", tensorrt_cache=tmp_path))
    assert [name for name, _ in device.providers] == [TENSORRT, CUDA, CPU]
    assert device.providers[0][1]["trt_engine_cache_path"] == str(tmp_path)


def test_a_gpu_without_tensorrt_says_which_library_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    with_gpu(monkeypatch, tensorrt=False)
    with pytest.raises(ConfigurationError, match=r"libnvinfer\.so\.10 is not installed"):
        choose_device(ModelSettings(provider="tensorrt"))


def test_the_processors_are_taken_where_they_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with_gpu(monkeypatch)
    assert not choose_device(ModelSettings(provider="cpu")).on_gpu


def test_batches_suit_the_device_unless_a_size_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu, few = ModelSettings(provider="cpu"), ModelSettings(provider="cpu", batch_size=3, threads=5)
    assert (choose_device(cpu).batch_size(cpu), choose_device(few).batch_size(few)) == (4, 3)
    assert choose_device(few).threads(few) is None
    with_gpu(monkeypatch)
    gpu = ModelSettings(provider="cuda", sessions_per_gpu=2)
    assert (choose_device(gpu).batch_size(gpu), choose_device(gpu).threads(gpu)) == (32, 3)
