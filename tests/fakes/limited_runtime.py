"""A process whose ONNX Runtime has little memory answers a batch that does not fit in one piece; run as a script."""

import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort

sys.path.insert(0, str(Path(__file__).parents[2]))

from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import DecodedImage
from processors.models.default.install import NAME, VERSION, add_default_model
from processors.models.repository.repository import ModelRepository
from processors.models.runtime import session
from processors.models.runtime.image_graph import ImageGraph

MIB = 2**20
LIMIT_MIB = 40
IMAGES = 16


def main(folder: Path) -> None:
    """Run the default model on 16 images at once, for which it would want more than its memory."""
    repository = ModelRepository(folder)
    add_default_model(repository)
    files = repository.load(NAME, VERSION)
    view = files.card.input.view
    random = np.random.default_rng(5)
    arrays = [random.integers(0, 256, (224, 224, 3), dtype=np.uint8) for _ in range(IMAGES)]
    images = [DecodedImage({view: pixels}, 224, 224, "PNG") for pixels in arrays]
    expected = ImageGraph(files.card, session.OnnxSession(files.onnx)).run(images, ["probabilities"])
    limit_memory()
    small = ImageGraph(files.card, session.OnnxSession(files.onnx, ModelSettings(provider="cpu")))
    given = small.run(images, ["probabilities"])
    np.testing.assert_allclose(given["probabilities"], expected["probabilities"], atol=1e-4)
    sys.stdout.write(f"{len(given['probabilities'])} answered alike\n")


def limit_memory() -> None:
    """Let sessions that are opened from now on share one arena of ``LIMIT_MIB``."""
    info = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
    ort.create_and_register_allocator(info, ort.OrtArenaCfg({"max_mem": LIMIT_MIB * MIB, "arena_extend_strategy": 1}))
    plain = session._options

    def options(settings: ModelSettings, threads: int) -> ort.SessionOptions:
        shared = plain(settings, threads)
        shared.add_session_config_entry("session.use_env_allocators", "1")
        return shared

    session._options = options


main(Path(sys.argv[1]))
