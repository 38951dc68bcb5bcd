"""Where models run: looks for a GPU before ONNX Runtime does, which prints errors for every part that is missing."""

import contextlib
import ctypes
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import onnxruntime as ort
import structlog

from infra.errors import ConfigurationError
from infra.settings.recognition import ModelSettings

TENSORRT, CUDA, CPU = "TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"
DRIVER = "libcuda.so.1"
TENSORRT_LIBRARY = "libnvinfer.so.10"
MIB = 2**20

# Small runs keep to a processor's caches; a GPU wants many images at once.
CPU_BATCH, GPU_BATCH = 4, 32

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Device:
    """What sessions are opened on: execution providers in order of preference, each with its options."""

    providers: tuple[tuple[str, Mapping[str, str]], ...]
    number: int = 0

    @property
    def on_gpu(self) -> bool:
        return self.providers[0][0] != CPU

    def batch_size(self, settings: ModelSettings) -> int:
        """Return how many images a run is given: the setting, or what suits the device."""
        return settings.batch_size or (GPU_BATCH if self.on_gpu else CPU_BATCH)

    def threads(self, settings: ModelSettings) -> int | None:
        """Return how many threads of their own runs need: one more than a GPU's sessions keeps these fed.

        None on the processors: there the threads that decode do both.
        """
        return settings.sessions_per_gpu + 1 if self.on_gpu else None


@lru_cache(maxsize=8)
def choose_device(settings: ModelSettings) -> Device:
    """Return the device that the settings ask for; the choice and its reason are logged once.

    ``auto`` takes a GPU where there is one and the processors otherwise. Raises ``ConfigurationError`` that says what
    is missing where ``cuda`` or ``tensorrt`` was asked for by name.
    """
    missing = None if settings.provider == "cpu" else _missing(settings.provider)
    if missing and settings.provider != "auto":
        raise ConfigurationError(
            f"VEDETTE_MODELS__PROVIDER={settings.provider}: {missing}; install it, or leave the setting out to go on "
            "with what there is"
        )
    device = Device(_providers(settings, gpu=settings.provider != "cpu" and not missing), settings.gpu_device)
    reason = "asked for" if settings.provider != "auto" else missing or "a GPU and its libraries"
    log.info("inference_provider", provider=device.providers[0][0], reason=reason)
    return device


def why_no_gpu(settings: ModelSettings) -> str | None:
    """Return what is missing for models to run on a GPU; ``None`` where they do, and the settings let them."""
    return "the settings say so" if settings.provider == "cpu" else _missing(settings.provider)


def _providers(settings: ModelSettings, *, gpu: bool) -> tuple[tuple[str, Mapping[str, str]], ...]:
    processors: tuple[tuple[str, Mapping[str, str]], ...] = ((CPU, {}),)
    if not gpu:
        return processors
    cuda = (CUDA, _cuda_options(settings))
    tensorrt = (TENSORRT, _tensorrt_options(settings))
    return (tensorrt, cuda, *processors) if settings.provider == "tensorrt" else (cuda, *processors)


def _cuda_options(settings: ModelSettings) -> dict[str, str]:
    options = {
        "device_id": str(settings.gpu_device),
        "arena_extend_strategy": "kNextPowerOfTwo" if settings.gpu_arena == "power_of_two" else "kSameAsRequested",
        # Searching every algorithm takes seconds for each new shape; batches come in few shapes, heuristics do as well.
        "cudnn_conv_algo_search": "HEURISTIC",
    }
    if settings.gpu_memory_limit_mib:
        options["gpu_mem_limit"] = str(settings.gpu_memory_limit_mib * MIB)
    return options


def _tensorrt_options(settings: ModelSettings) -> dict[str, str]:
    """Engines take minutes to build: they are kept in the folder of the setting where one is named."""
    options = {"device_id": str(settings.gpu_device)}
    if settings.tensorrt_cache is not None:
        options |= {"trt_engine_cache_enable": "1", "trt_engine_cache_path": str(settings.tensorrt_cache)}
    return options


def _missing(provider: str) -> str | None:
    return _missing_cuda() or (_missing_tensorrt() if provider == "tensorrt" else None)


def _missing_cuda() -> str | None:
    """Return what CUDA lacks here, if anything."""
    if CUDA not in ort.get_available_providers():
        return "this build of ONNX Runtime has no CUDA"
    try:
        if (code := ctypes.CDLL(DRIVER).cuInit(0)) != 0:
            return f"the NVIDIA driver finds no usable GPU (cuInit: {code})"
    except OSError:
        return f"{DRIVER} is not installed"
    # Libraries of the nvidia-* packages lie where the loader does not look. What is missing is said below, not printed.
    with contextlib.redirect_stdout(io.StringIO()):
        ort.preload_dlls()
    return next((f"{library} is not installed" for library in _libraries() if not _loads(library)), None)


def _missing_tensorrt() -> str | None:
    if TENSORRT not in ort.get_available_providers():
        return "this build of ONNX Runtime has no TensorRT"
    return None if _loads(TENSORRT_LIBRARY) else f"{TENSORRT_LIBRARY} is not installed"


def _libraries() -> tuple[str, ...]:
    version = ort.cuda_version.partition(".")[0]
    return f"libcudart.so.{version}", f"libcublasLt.so.{version}", "libcudnn.so.9"


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def provider_list(device: Device) -> list[tuple[str, dict[str, Any]]]:
    """Return the device's providers as ONNX Runtime takes them."""
    return [(name, dict(options)) for name, options in device.providers]
