"""References as lines of text: JSON objects, Rekognition's and SageMaker's manifest lines, or bare addresses."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic_core import from_json

from infra.manifests.references import Found, ReferenceTemplate, Refusal
from schemas.texts.uris import object_uri

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
SOURCE_REF = "source-ref"


def read_lines(lines: Iterable[bytes], name: str, template: ReferenceTemplate) -> Iterator[Found]:
    """Yield what each line of ``name`` says, refusals with the line's number; empty lines are passed over."""
    for number, line in enumerate(lines, start=1):
        text = line.removeprefix(BYTE_ORDER_MARK).strip() if number == 1 else line.strip()
        if text:
            yield read_line(text, f"{name}, line {number}", template)


def read_line(line: bytes, source: str, template: ReferenceTemplate) -> Found:
    """Return what one line says, which is not empty."""
    if not line.startswith(b"{"):
        return _read_address(line, source, template)
    try:
        fields = from_json(line, allow_inf_nan=False)
    except ValueError as error:
        return Refusal(source, f"not JSON: {error}")
    return template.fill(_from_manifest(fields) if SOURCE_REF in fields else fields, source)


def _read_address(line: bytes, source: str, template: ReferenceTemplate) -> Found:
    try:
        uri = line.decode()
    except UnicodeDecodeError:
        return Refusal(source, "not UTF-8 text")
    if "://" not in uri:
        return Refusal(source, "neither a JSON object nor an address such as s3://bucket/key")
    return template.fill({"uri": uri}, source)


def _from_manifest(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest line's fields as a reference's: its scalars become metadata, its nested objects are left."""
    metadata = {name: value for name, value in fields.items() if name != SOURCE_REF and _is_scalar(value)}
    return {"uri": _encode(fields[SOURCE_REF]), "metadata": metadata}


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float | bool)


def _encode(source_ref: Any) -> Any:
    """Return the address with its key percent-encoded: manifests hold keys as S3 knows them, spaces and all."""
    if not isinstance(source_ref, str) or not source_ref.startswith("s3://"):
        return source_ref
    bucket, _, key = source_ref.removeprefix("s3://").partition("/")
    return object_uri("s3", bucket, key)
