"""A model's first batch, run in a process of its own: whatever a stranger's graph does, only that process suffers."""

import io
import json
import os
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from infra.child_python import child_python
from infra.errors import ConfigurationError, VedetteError
from infra.settings.recognition import ModelSettings
from processors.imaging.decoding.decode import DecodedImage, decode
from processors.imaging.views import View
from processors.models.adding.inspection import RefusedModel
from processors.models.feature_model import FeatureRequest
from processors.models.loading import load_model
from processors.models.repository.repository import ModelRepository
from processors.models.runtime.image_graph import ImageGraph
from processors.models.runtime.session import ModelFailed, OnnxSession, Tensor
from schemas.answers import FailedFeature
from schemas.records.pipelines import split_id
from schemas.results import VersionedName

BATCH = 2
TIMEOUT_S = 300
SPARE_BYTES = 8 * 2**30
COPIES = 6  # of its weights that a runtime may hold while it loads and optimises them
REFUSED = 3
SUM_TOLERANCE = 1e-3
NOISE_SIDE = 320


@dataclass(frozen=True, slots=True)
class Scores:
    """What a classifier's scores looked like on pictures of noise."""

    least: float
    most: float
    sum_to_one: bool

    @property
    def may_be_probabilities(self) -> bool:
        return self.least >= -SUM_TOLERANCE and self.most <= 1 + SUM_TOLERANCE


def try_model(folder: Path, model: VersionedName, size_bytes: int) -> Scores | None:
    """Load ``model`` from the repository in ``folder`` and run one batch, on the processors and within bounds.

    Returns a classifier's scores. Raises ``RefusedModel`` with the reason where it cannot be run, takes too long, needs
    too much memory, or ends its process.
    """
    command = child_python("-m", "processors.models.adding.trial", str(folder), model, str(size_bytes))
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        ended = subprocess.run(  # noqa: S603 - our own interpreter and program
            command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise RefusedModel(f"model {model}: one batch took longer than {TIMEOUT_S} s") from None
    if ended.returncode not in (0, REFUSED):
        raise RefusedModel(f"model {model}: the process that ran it ended ({_why(ended.returncode)})")
    # Above its last line stands whatever else was logged.
    answer = json.loads(ended.stdout.splitlines()[-1])
    if ended.returncode == REFUSED:
        raise RefusedModel(answer)
    return Scores(**answer) if answer else None


def _why(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}; it may have wanted too much memory"


def _main(folder: str, model: str, size_bytes: str) -> None:
    limit = int(size_bytes) * COPIES + SPARE_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        scores = _run(Path(folder), model)
    except MemoryError:
        _refuse(f"model {model}: one batch needs more memory than {limit // 2**30} GiB")
    except VedetteError as error:
        _refuse(str(error))
    else:
        sys.stdout.write(json.dumps(asdict(scores) if scores else None) + "\n")


def _refuse(why: str) -> None:
    sys.stdout.write(json.dumps(why) + "\n")
    sys.exit(REFUSED)


def _run(folder: Path, name: VersionedName) -> Scores | None:
    repository = ModelRepository(folder)
    model = load_model(name, repository, ModelSettings())
    images = [_noise(model.view, seed) for seed in range(BATCH)]
    try:
        answers = model.answer(images, [FeatureRequest(sorted(model.features))] * BATCH)
    except ModelFailed as error:
        raise ConfigurationError(f"model {name}: it cannot run a batch of {BATCH}: {error.__cause__}") from None
    for feature, answer in answers[0].items():
        if isinstance(answer, FailedFeature):
            raise ConfigurationError(f"model {name}: {feature.value}: {answer.error.message}, on a picture of noise")
    files = repository.load(*split_id(name))
    if files.card.task != "classification":
        return None
    return _scores(ImageGraph(files.card, OnnxSession(files.onnx)).run(images, [files.card.scores])[files.card.scores])


def _noise(view: View, seed: int) -> DecodedImage:
    pixels = np.random.default_rng(seed).integers(0, 256, (NOISE_SIDE, NOISE_SIDE, 3), np.uint8)
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "BMP")
    return decode(written.getvalue(), [view], pixels.size)


def _scores(scores: Tensor) -> Scores:
    rows = scores.reshape(len(scores), -1).astype(np.float64)
    return Scores(float(rows.min()), float(rows.max()), bool(np.abs(rows.sum(1) - 1).max() <= SUM_TOLERANCE))


if __name__ == "__main__":
    _main(*sys.argv[1:])
