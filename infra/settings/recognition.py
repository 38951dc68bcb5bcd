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
        default_factory=list, description="Folders that file:// references may name; none by default."
    )
    max_bytes: int = Field(default=DEFAULT_MAX_IMAGE_BYTES, ge=1024)
    timeout_s: float = Field(default=20.0, gt=0, le=300, description="At most, for one that was put off before.")
    patience_s: float = Field(
        default=5.0, gt=0, le=300, description="For an image's first fetch; one that takes longer is put off."
    )
    attempts: int = Field(default=3, ge=1, le=10, description="At once, within the patience, before it is put off.")
    retry_delays_s: Annotated[list[float], NoDecode] = Field(
        default=[30.0, 300.0, 3600.0],
        description="How long a reference waits whose image did not come, each time; at most three times.",
        min_length=1,
        max_length=len(RETRY_TOPICS),
    )
    max_redirects: int = Field(default=3, ge=0, le=10)
    concurrent_fetches: int = Field(default=16, ge=1, le=256)
    fetches_per_host: int = Field(default=8, ge=1, le=256, description="Of concurrent_fetches, from one web server.")
    memory_bytes: int = Field(
        default=805_306_368, ge=1024, description="For images that are being fetched or wait to be decoded."
    )
    allowed_private_hosts: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="host:port pairs inside your network that https references may name.",
    )
    https_ca_location: Path | None = None
    bucket_owners: dict[str, str] = Field(
        default_factory=dict, description="Workspace of each bucket whose notifications arrive on object-created."
    )
    s3: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="obstore S3 options: endpoint, region, access_key_id, secret_access_key, …",
    )
    gs: dict[str, str] = Field(default_factory=dict, repr=False, description="obstore GCS options.")
    az: dict[str, str] = Field(default_factory=dict, repr=False, description="obstore Azure options.")

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
    """The models and the pipeline that workers run."""

    repository: str | None = Field(
        default=None,
        description="A folder, or s3://, gs:// or az://bucket/prefix, for models that are added; "
        "models beneath the home folder if none.",
    )
    s3: dict[str, str] = Field(
        default_factory=dict, repr=False, description="obstore options of the repository; those of sources if none."
    )
    gs: dict[str, str] = Field(default_factory=dict, repr=False)
    az: dict[str, str] = Field(default_factory=dict, repr=False)
    more_pipelines: int = Field(
        default=2, ge=1, le=32, description="Pipelines that references name, kept loaded beside the promoted one."
    )
    max_labels: int = Field(default=10, ge=1, le=100)
    min_confidence: float = Field(default=0.01, ge=0, le=1)
    max_objects: int = Field(default=100, ge=1, le=1000)
    min_object_confidence: float = Field(default=0.25, ge=0, le=1)
    max_pixels: int = Field(default=64_000_000, ge=10_000, le=178_956_970, description="At most what Pillow allows.")
    accept_truncated: bool = Field(
        default=True,
        description="Recognise images whose data end early if at least half of their rows are there, with a warning.",
    )
    decode_timeout_s: float = Field(default=10.0, gt=0, le=300, description="Decoding that takes longer is ended.")
    batch_size: int = Field(default=0, ge=0, le=256, description="Images a run; 0: what suits the device, 4 or 32.")
    threads: int = Field(
        default=0, ge=0, description="They decode, and infer as well where there is no GPU; 0: as many as processors."
    )
    provider: Literal["auto", "cpu", "cuda", "tensorrt"] = Field(
        default="auto", description="Where models run; a GPU that is asked for by name and missing is an error."
    )
    cpu_arena: bool = Field(default=True, description="Keep inference memory between runs: faster, and larger.")
    gpu_device: int = Field(default=0, ge=0, le=63)
    gpu_memory_limit_mib: int = Field(default=0, ge=0, description="Of each session; 0: what the GPU has.")
    gpu_arena: Literal["as_requested", "power_of_two"] = "as_requested"
    sessions_per_gpu: int = Field(default=1, ge=1, le=16, description="Loaded copies of each model on the GPU.")
    tensorrt_cache: Path | None = Field(default=None, description="Folder for TensorRT's engines, which build slowly.")

    def __hash__(self) -> int:
        """Equal settings are equal keys of caches, although options of stores are dictionaries."""
        return hash(self.model_dump_json())

    _repository = field_validator("repository")(folder_or_bucket)


class WorkerSettings(Section):
    """How the stream processors batch, wait and stop."""

    batch_size: int = Field(default=32, ge=1, le=1000)
    sink_batch_size: int = Field(default=500, ge=1, le=5000)
    batch_wait_s: float = Field(default=0.02, gt=0, le=1)
    batches_in_flight: int = Field(default=3, ge=1, le=8)
    sink_pause_s: float = Field(default=0.25, ge=0, le=5, description="Pause between full batches of a sink.")
    stop_grace_s: float = Field(default=20.0, gt=0)
    stall_s: float = Field(
        default=120.0, gt=0, description="With messages waiting and no progress for so long, a worker ends itself."
    )
    batch_share: float = Field(
        default=0.125,
        gt=0,
        le=0.5,
        description="Of recognition's time, for image-references-batch while image-references is busy.",
    )
