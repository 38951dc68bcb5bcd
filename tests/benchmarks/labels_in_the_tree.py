"""Whether dogs are found as dogs, and what the hierarchy adds to a result and to its time: ``python -m`` with FOLDER.

The photos are named ``n02085782_Japanese_spaniel.JPEG``: by the synset of their class in ImageNet.
"""

import statistics
import sys
import time
from pathlib import Path

import cramjam

from infra.settings.settings import Settings
from infra.terminal import Console
from processors.imaging.decoding.decode import quiet_parsers
from processors.labels.hierarchy import Hierarchy
from processors.labels.shipped import shipped_labels
from processors.labels.tree import LabelTree
from processors.models.feature_model import FeatureRequest
from processors.models.tasks.answers import LabelRules, labels_answer
from processors.pipelines.loaded import LoadedPipeline, build_pipeline
from schemas.answers import FeatureAnswers, LabelsAnswer
from tests.samples import result

ROUNDS = 15
PICTURES = 100
# What Cassandra compresses together, by the same method.
CHUNK_BYTES = 16 * 1024
CONSOLE = Console(highlight=False, soft_wrap=True)


def main(folder: Path) -> None:
    quiet_parsers()
    pipeline = build_pipeline(Settings())
    photos = sorted(folder.glob("n*"))
    answers = [_answer(pipeline, photo) for photo in photos]
    _print_found(photos, answers)
    _print_sizes(answers)
    _print_times(pipeline, photos)


def _answer(pipeline: LoadedPipeline, photo: Path) -> FeatureAnswers:
    image = pipeline.decode(photo.read_bytes())
    return pipeline.answer([image], [FeatureRequest()])[0]


def _print_found(photos: list[Path], answers: list[FeatureAnswers]) -> None:
    shipped = shipped_labels()
    breeds = {
        shipped.hierarchy.nodes[name].id for name in shipped.imagenet if "dog" in shipped.hierarchy.ancestors(name)
    }
    dogs = {photo.name for photo in photos if photo.name.partition("_")[0] in breeds}
    for least in (0.0, 0.5, 0.9):
        found = {
            photo.name
            for photo, answer in zip(photos, answers, strict=True)
            if any(name == "dog" and sure >= least for name, sure in _tree(answer).items())
        }
        CONSOLE.print(f"label=dog at {least}: {len(found & dogs)} of {len(dogs)} dogs, {len(found - dogs)} others")


def _tree(answer: FeatureAnswers) -> dict[str, float]:
    labels = answer.labels
    assert isinstance(labels, LabelsAnswer)
    return {node.name: node.confidence for node in labels.label_tree or ()}


def _print_sizes(answers: list[FeatureAnswers]) -> None:
    after = [result("shop", features=answer).model_dump_json(exclude_none=True) for answer in answers]
    before = [result("shop", features=_bare(answer)).model_dump_json(exclude_none=True) for answer in answers]
    for when, results in (("before", before), ("after", after)):
        sizes = [len(one.encode()) for one in results]
        CONSOLE.print(
            f"a result {when}: {statistics.mean(sizes):.0f} bytes, median {statistics.median(sizes):.0f}, at most "
            f"{max(sizes)}; {_compressed(results) / len(results):.0f} compressed as Cassandra does"
        )
    nodes = [len(_tree(answer)) for answer in answers]
    CONSOLE.print(f"{statistics.mean(nodes):.1f} nodes on average, {max(nodes)} at most")


def _compressed(results: list[str]) -> int:
    whole = "".join(results).encode()
    chunks = [whole[at : at + CHUNK_BYTES] for at in range(0, len(whole), CHUNK_BYTES)]
    return sum(len(cramjam.lz4.compress_block(chunk)) for chunk in chunks)


def _bare(answer: FeatureAnswers) -> FeatureAnswers:
    labels = answer.labels
    assert isinstance(labels, LabelsAnswer)
    plain = tuple(type(label)(name=label.name, confidence=label.confidence) for label in labels.labels)
    bare = LabelsAnswer(model=labels.model, labels=plain)
    return answer.model_copy(update={"labels": bare})


def _print_times(pipeline: LoadedPipeline, photos: list[Path]) -> None:
    """Print the processor time of an answer to labels once the model has run, with the hierarchy and without."""
    rules = LabelRules(0.0, 0.01, 10, 0.05)
    images = [pipeline.decode(photo.read_bytes()) for photo in photos[:PICTURES]]
    rows = [pipeline.classifier.probabilities([image])[0] for image in images]
    shipped, bare = shipped_labels(), LabelTree(Hierarchy(()), pipeline.classifier.labels)
    trees = {"with": LabelTree(shipped.hierarchy, shipped.imagenet), "without": bare}
    times: dict[str, list[float]] = {name: [] for name in trees}
    for _ in range(ROUNDS):
        for name, tree in trees.items():
            began = time.process_time()
            for row in rows:
                labels_answer("lite0@1", row, rules, tree)
            times[name].append((time.process_time() - began) / len(rows) * 1e6)
    told = ", ".join(f"{name} {statistics.median(times[name]):.0f} µs (best {min(times[name]):.0f})" for name in trees)
    CONSOLE.print(f"processor time an image after the model has run: {told}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
