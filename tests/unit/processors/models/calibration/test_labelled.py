"""Labelled pictures found in folders and CSV files."""

from pathlib import Path

import pytest

from infra.errors import ConfigurationError
from processors.models.calibration.label_names import LabelNames
from processors.models.calibration.labelled import LabelledPicture, UnknownLabel, find_labelled

NAMES = LabelNames(["Egyptian cat", "espresso", "tripod"])


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def csv_file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "labels.csv"
    file.write_text(text, encoding=encoding)
    return file


def test_a_sub_folder_or_else_the_file_name_labels_a_picture(tmp_path: Path) -> None:
    touch(tmp_path, "egyptian_cat/a_tripod.jpg", "1_espresso.PNG", "notes_tripod.txt")
    assert find_labelled(tmp_path, NAMES).pictures == (
        LabelledPicture("1_espresso.PNG", tmp_path / "1_espresso.PNG", "espresso"),
        LabelledPicture("egyptian_cat/a_tripod.jpg", tmp_path / "egyptian_cat" / "a_tripod.jpg", "Egyptian cat"),
    )


def test_a_csv_names_pictures_relative_to_itself(tmp_path: Path) -> None:
    file = csv_file(tmp_path, "label,image,note\nTRIPOD,deep/a.jpg,x\n Egyptian cat , b.jpg ,\n", "utf-8-sig")
    assert find_labelled(file, NAMES).pictures == (
        LabelledPicture("deep/a.jpg", tmp_path / "deep" / "a.jpg", "tripod"),
        LabelledPicture("b.jpg", tmp_path / "b.jpg", "Egyptian cat"),
    )


def test_unknown_labels_are_counted_and_the_first_few_named(tmp_path: Path) -> None:
    rows = "".join(f"{number}.jpg,sofa {number}\n" for number in range(7))
    file = csv_file(tmp_path, f"image,label\na.jpg,tripod\n{rows}8.jpg,\n")
    with pytest.raises(ConfigurationError) as caught:
        find_labelled(file, NAMES)
    message = str(caught.value)
    assert message.startswith("8 pictures have a label that the model does not know: sofa 0 (0.jpg), sofa 1 (1.jpg)")
    assert "sofa 5" not in message
    assert "and 3 more" in message
    assert "--ignore-unknown" in message


def test_unknown_labels_can_be_left_out(tmp_path: Path) -> None:
    file = csv_file(tmp_path, "image,label\na.jpg,tripod\nb.jpg,sofa\n")
    labelled = find_labelled(file, NAMES, ignore_unknown=True)
    assert [picture.image_id for picture in labelled.pictures] == ["a.jpg"]
    assert labelled.unknown == (UnknownLabel("b.jpg", "sofa"),)


def test_a_folder_with_nothing_but_unknown_labels_is_an_error_even_then(tmp_path: Path) -> None:
    touch(tmp_path, "1_sofa.jpg")
    with pytest.raises(ConfigurationError, match="no picture has a label that the model knows"):
        find_labelled(tmp_path, NAMES, ignore_unknown=True)


def test_a_csv_without_its_columns_says_which_are_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no column image and label in its first line"):
        find_labelled(csv_file(tmp_path, "file,class\na.jpg,tripod\n"), NAMES)


def test_a_file_that_is_no_csv_says_so(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(ConfigurationError, match="not readable as CSV"):
        find_labelled(tmp_path / "labels.csv", NAMES)
