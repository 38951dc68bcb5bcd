"""Pictures whose text is known through a pipeline with a reader that makes known mistakes, and the reports on it."""

import io
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from infra.errors import ConfigurationError
from infra.progress import WorkProgress
from infra.settings.settings import Settings
from infra.terminal import Console
from processors.evaluation.service import NothingReadable
from processors.evaluation.text.metrics import PictureErrors, normalised
from processors.evaluation.text.report import TextEvaluation, write_text_reports
from processors.evaluation.text.service import evaluate_text
from processors.imaging.decoding.decode import DecodedImage
from processors.imaging.decoding.decoder import Decoder
from processors.imaging.views import Within
from processors.models.feature_model import Answers, FeatureModel, FeatureRequest
from processors.models.missing import MissingModel
from processors.models.text.lines import Line
from processors.models.text.text_answer import text_answer
from processors.pipelines.loaded import LoadedPipeline
from schemas.images import Feature
from schemas.records.pipelines import PipelineSpec

HOSTILE = "<img src=x>.png"
# What the reader says of pictures by their width.
READ = {40: ["Total 29.90 EUR", "Thank you"], 50: ["Fragi1e", "<b>"], 60: []}
CORNERS = np.array([[0, 0], [9, 0], [9, 9], [0, 9]], np.float64)


class FakeReader:
    """Knows by a picture's width what it says is written there."""

    id = "reader@1"
    view = Within(1600)
    features = frozenset({Feature.TEXT})

    def answer(self, images: Sequence[DecodedImage], asked: Sequence[FeatureRequest]) -> list[Answers]:
        return [{Feature.TEXT: self._read(image)} for image in images]

    def _read(self, image: DecodedImage) -> object:
        return text_answer(self.id, [Line(text, 0.9, CORNERS, ()) for text in READ[image.width]], image.width, 20)


def pipeline_of(model: FeatureModel) -> LoadedPipeline:
    description = PipelineSpec(name="reading", version=1, models={Feature.TEXT: "reader@1"})
    return LoadedPipeline(description, {"reader@1": model}, Decoder(10**6, None, accept_truncated=False))


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, width in (("right.png", 40), (HOSTILE, 50), ("blank.png", 60)):
        Image.new("RGB", (width, 20), "grey").save(folder / name)
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return folder


def transcripts(pictures: Path, **texts: str) -> Path:
    file = pictures.parent / "texts.jsonl"
    file.write_text("".join(json.dumps({"image": name, "text": text}) + "\n" for name, text in texts.items()))
    return file


TRUE = {"right.png": "Total  29.90 EUR\nThank you", HOSTILE: "Fragile\nglass", "blank.png": "", "broken.png": "Gone"}


def evaluated(pictures: Path, model: FeatureModel | None = None, **texts: str) -> TextEvaluation:
    reader = pipeline_of(model or FakeReader())  # type: ignore[arg-type] # its answers are of one kind
    with WorkProgress(console=Console(file=io.StringIO())) as progress:
        return evaluate_text(reader, pictures, transcripts(pictures, **texts), Settings(), progress=progress)


def test_errors_are_counted_by_picture_and_in_all(pictures: Path) -> None:
    evaluation = evaluated(pictures, **TRUE)
    metrics = evaluation.metrics
    assert [one.image_id for one in evaluation.unreadable] == ["broken.png"]
    assert (metrics.pictures, metrics.characters, metrics.words) == (3, 38, 7)
    # One letter of the first word, and all of "glass".
    assert (metrics.character_errors, metrics.word_errors) == (6, 2)
    assert (metrics.character_error_rate, metrics.word_error_rate) == (6 / 38, 2 / 7)
    assert metrics.worst == (PictureErrors(HOSTILE, 13, 6, 6 / 13, 2, 2, 1.0),)
    by_name = {one.image_id: one for one in metrics.by_picture}
    assert by_name["right.png"].character_errors == 0
    assert by_name["blank.png"].character_error_rate is None


def test_the_reports_show_the_worst_pictures_and_what_was_read_otherwise(pictures: Path, tmp_path: Path) -> None:
    evaluation = evaluated(pictures, **TRUE)
    write_text_reports(evaluation, tmp_path / "report")
    page = (tmp_path / "report" / "report.html").read_text()
    assert page.count("data:image/jpeg;base64,") == 1
    assert "<img src=x>" not in page
    assert "<del>Fragile glass</del> <ins>Fragi1e &lt;b&gt;</ins>" in page
    assert "| character error rate | 0.1579 |" in (tmp_path / "report" / "report.md").read_text()
    told = json.loads((tmp_path / "report" / "report.json").read_text())
    assert told["character_error_rate"] == evaluation.metrics.character_error_rate
    assert told["by_picture"][0]["image_id"] == HOSTILE
    assert told["unreadable"][0]["image_id"] == "broken.png"
    assert told["model"] == "reader@1"


def test_white_space_and_the_form_of_letters_do_not_count() -> None:
    assert normalised(" Cafe\u0301\n  noir ") == "Caf\u00e9 noir"


def test_pictures_of_which_none_can_be_read_are_an_error(pictures: Path) -> None:
    with pytest.raises(NothingReadable, match=r"broken\.png"):
        evaluated(pictures, **{"broken.png": "Gone", "blank.png": ""})


def test_a_pipeline_that_reads_no_text_says_so(pictures: Path) -> None:
    with pytest.raises(ConfigurationError, match="reader is not installed"):
        evaluated(pictures, MissingModel("reader@1", FakeReader.features, "reader is not installed"), **TRUE)
    hashing = PipelineSpec(name="hashing", version=1, models={Feature.HASH: "phash@1"})
    from processors.models.computed import COMPUTED

    pipeline = LoadedPipeline(hashing, {"phash@1": COMPUTED["phash@1"]}, Decoder(10**6, None, accept_truncated=False))
    with pytest.raises(ConfigurationError, match="no model that answers text"):
        _ = pipeline.text_reader
