"""Where models run: looks for a GPU before ONNX Runtime does, which prints errors for every part that is missing."""

import contextlib
import ctypes
import io
from functools import cache

import onnxruntime as ort
import structlog

CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
DRIVER = "libcuda.so.1"

log = structlog.get_logger(__name__)


@cache
def choose_providers() -> tuple[str, ...]:
    """Return the execution providers to ask for, in order; the choice and its reason are logged once a process."""
    missing = _missing_cuda()
    log.info("inference_provider", provider=CPU if missing else CUDA, reason=missing or "a GPU and its libraries")
    return (CPU,) if missing else (CUDA, CPU)


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


def _libraries() -> tuple[str, ...]:
    version = ort.cuda_version.partition(".")[0]
    return f"libcudart.so.{version}", f"libcublasLt.so.{version}", "libcudnn.so.9"


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
