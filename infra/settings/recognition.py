"""Where images come from, which models answer, and how workers work."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_settings import NoDecode

from infra.settings.section import Section, folder_or_bucket, split_commas
from schemas.images import DEFAULT_MAX_IMAGE_BYTES
from schemas.topics import RETRY_TOPICS

LONGEST_DELAY_S = 7 * 86_400


class SourceSettings(Section):
    """Where images may be fetched from, and within which limits."""

    file_roots: Annotated[list[Path], NoDecode] = Field(
        default_factory=list, description="The folders that `file://` references may name."
    )
    max_bytes: int = Field(default=DEFAULT_MAX_IMAGE_BYTES, ge=1024, description="The largest image file.")
    timeout_s: float = Field(default=20.0, gt=0, le=300, description="The longest time to fetch an image in a retry.")
    patience_s: float = Field(
        default=5.0,
        gt=0,
        le=300,
        description="The longest time to fetch an image at first. An image that takes longer waits for a retry.",
    )
    attempts: int = Field(
        default=3,
        ge=1,
        le=10,
        description="How often an image is fetched at once, within the patience, before it waits for a retry.",
    )
    retry_delays_s: Annotated[list[float], NoDecode] = Field(
        default=[30.0, 300.0, 3600.0],
        description="How long a reference waits before each retry. At most three retries.",
        min_length=1,
        max_length=len(RETRY_TOPICS),
    )
    max_redirects: int = Field(default=3, ge=0, le=10, description="The most HTTP redirects that are followed.")
    concurrent_fetches: int = Field(
        default=16, ge=1, le=256, description="The most images that a worker fetches at the same time."
    )
    fetches_per_host: int = Field(
        default=8,
        ge=1,
        le=256,
        description="The most images that a worker fetches from one web server at the same time.",
    )
    memory_bytes: int = Field(
        default=805_306_368, ge=1024, description="The memory for images that are being fetched or wait to be decoded."
    )
    allowed_private_hosts: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="The `host:port` pairs inside your network that `https` references may name.",
    )
    https_ca_location: Path | None = Field(
        default=None,
        description="A PEM file with the certificate authorities that sign the certificates of `https` sources.",
    )
    bucket_owners: dict[str, str] = Field(
        default_factory=dict, description="The workspace of each bucket whose notifications arrive on `object-created`."
    )
    s3: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="Options of obstore for S3: `endpoint`, `region`, `access_key_id`, `secret_access_key`, …",
    )
    gs: dict[str, str] = Field(
        default_factory=dict, repr=False, description="Options of obstore for Google Cloud Storage."
    )
    az: dict[str, str] = Field(default_factory=dict, repr=False, description="Options of obstore for Azure.")

    _split = field_validator("file_roots", "allowed_private_hosts", "retry_delays_s", mode="before")(split_commas)

    @field_validator("retry_delays_s")
    @classmethod
    def _waits_are_moments(cls, delays_s: list[float]) -> list[float]:
        if not all(0 <= delay_s <= LONGEST_DELAY_S for delay_s in delays_s):
            raise ValueError(f"must each lie between 0 and {LONGEST_DELAY_S} seconds")
        return delays_s

    @model_validator(mode="after")
    def _one_image_fits(self) -> "SourceSettings":
        if self.memory_bytes < self.max_bytes:
            raise ValueError("memory_bytes must not be smaller than max_bytes: no image could be fetched")
        return self


class ModelSettings(Section):
    """Which models workers run, and how."""

    repository: str | None = Field(
        default=None,
        description="Where added models are stored: a folder, or `s3://`, `gs://` or `az://` and `bucket/prefix`."
        " Default: `models` in the home folder.",
    )
    s3: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="Options of obstore for an S3 bucket of models. If you set none, those of the sources apply.",
    )
    gs: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="Options of obstore for a Google Cloud Storage bucket of models. If you set none, those of "
        "the sources apply.",
    )
    az: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="Options of obstore for an Azure container of models. If you set none, those of the sources apply.",
    )
    more_pipelines: int = Field(
        default=2,
        ge=1,
        le=32,
        description="The number of pipelines that stay loaded beside the promoted one, because references name them.",
    )
    max_labels: int = Field(
        default=10, ge=1, le=100, description="The most labels in an answer, unless the reference sets another number."
    )
    min_confidence: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="The least confidence of a label in an answer, unless the reference sets another. Default: what the"
        " model's card says, or 0.01.",
    )
    min_tree_confidence: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="The least confidence of a node in `label_tree`, unless the reference sets another for labels.",
    )
    max_objects: int = Field(
        default=100,
        ge=1,
        le=1000,
        description="The most objects in an answer, unless the reference sets another number.",
    )
    min_object_confidence: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="The least confidence of an object in an answer, unless the reference sets another. Default: what"
        " the model's card says (0.4 for `nanodet@2`), or 0.25.",
    )
    max_faces: int = Field(
        default=100,
        ge=1,
        le=1000,
        description="The most faces in an answer, unless the reference sets another number.",
    )
    min_face_confidence: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="The least confidence of a face in an answer, unless the reference sets another. Default: what the"
        " model's card says (0.6 for `blazeface@1`), or 0.5.",
    )
    max_pixels: int = Field(
        default=64_000_000, ge=10_000, le=178_956_970, description="The largest picture that is decoded."
    )
    accept_truncated: bool = Field(
        default=True,
        description="Whether images whose data ends early are recognised, with a warning, if at least half of "
        "their rows are there.",
    )
    decode_timeout_s: float = Field(
        default=10.0, gt=0, le=300, description="The longest time that decoding a picture may take."
    )
    batch_size: int = Field(
        default=0,
        ge=0,
        le=256,
        description="How many images a model processes as one batch. `0` chooses what suits the device: 4 or 32.",
    )
    threads: int = Field(
        default=0,
        ge=0,
        description="The number of threads that decode images, and that also run models if there is no GPU. `0` "
        "uses one for each processor.",
    )
    provider: Literal["auto", "cpu", "cuda", "tensorrt"] = Field(
        default="auto",
        description="Where models run. `auto` uses a GPU if there is one. It is an error if a GPU that you name "
        "is missing.",
    )
    cpu_arena: bool = Field(
        default=True, description="Whether memory is kept between runs of a model: faster, but more memory."
    )
    gpu_device: int = Field(default=0, ge=0, le=63, description="The number of the GPU that is used.")
    gpu_memory_limit_mib: int = Field(
        default=0, ge=0, description="The most GPU memory of each session. `0` sets no limit."
    )
    gpu_arena: Literal["as_requested", "power_of_two"] = Field(
        default="as_requested", description="How the memory on the GPU grows."
    )
    sessions_per_gpu: int = Field(
        default=1, ge=1, le=16, description="The number of copies of each model that are loaded on the GPU."
    )
    tensorrt_cache: Path | None = Field(
        default=None, description="The folder for TensorRT's engines, which take long to build."
    )

    def __hash__(self) -> int:
        """Equal settings are equal keys of caches, although options of stores are dictionaries."""
        return hash(self.model_dump_json())

    _repository = field_validator("repository")(folder_or_bucket)


class WorkerSettings(Section):
    """How the workers batch, wait and stop."""

    batch_size: int = Field(
        default=32, ge=1, le=1000, description="How many messages a recognise worker takes as one batch."
    )
    sink_batch_size: int = Field(
        default=500,
        ge=1,
        le=5000,
        description="How many messages a store, index, audit or activity worker takes as one batch.",
    )
    batch_wait_s: float = Field(default=0.02, gt=0, le=1, description="How long a worker waits for a batch to fill.")
    batches_in_flight: int = Field(
        default=3, ge=1, le=8, description="How many batches a worker processes at the same time."
    )
    sink_pause_s: float = Field(
        default=0.25,
        ge=0,
        le=5,
        description="How long a store, index, audit or activity worker pauses after a full batch.",
    )
    stop_grace_s: float = Field(
        default=20.0, gt=0, description="How long a worker may take to finish its batches after a signal to stop."
    )
    stall_s: float = Field(
        default=120.0,
        gt=0,
        description="How long a worker may acknowledge and answer nothing while messages wait. After that it exits.",
    )
    batch_share: float = Field(
        default=0.125,
        gt=0,
        le=0.5,
        description="The share of recognition that `image-references-batch` gets while `image-references` is busy.",
    )
