"""Pictures whose text is known, in the two forms of files, and what is wrong with one told by its line."""

from pathlib import Path

import pytest

from infra.errors import ConfigurationError
from processors.evaluation.text.transcripts import read_transcripts


def written(folder: Path, name: str, content: str) -> Path:
    file = folder / name
    file.write_text(content, encoding="utf-8")
    return file


def test_a_csv_file_and_json_lines_tell_the_same(tmp_path: Path) -> None:
    table = written(tmp_path, "a.csv", '\ufeffimage,text,more\nin/1.png,"Total, 29.90\nThank you",x\n2.png,,\n')
    lines = written(
        tmp_path, "a.JSONL", '{"image":"in/1.png","text":"Total, 29.90\\nThank you"}\n\n{"image":"2.png","text":""}\n'
    )
    first, second = read_transcripts(table, tmp_path)
    assert (first.image_id, first.path, first.text) == ("in/1.png", tmp_path / "in/1.png", "Total, 29.90\nThank you")
    assert second.text == ""
    assert read_transcripts(lines, tmp_path) == (first, second)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "file,text\n", "no column image"),
        ("a.csv", "image,text\n1.png,\n", "no picture has any text"),
        ("a.csv", "image,text\n../1.png,a\n", "lies outside"),
        ("a.jsonl", '{"image":"1.png","text":"a"}\n{"image":"2.png"}\n', "line 2: text: Field required"),
        ("a.jsonl", "image,text\n", "line 1: Invalid JSON"),
        ("a.ndjson", "", "no picture has any text"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(tmp_path: Path, name: str, content: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        read_transcripts(written(tmp_path, name, content), tmp_path)
