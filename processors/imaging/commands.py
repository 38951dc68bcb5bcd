"""``vedette augment``: variations of pictures for training."""

from pathlib import Path
from typing import Annotated

import typer

from infra.recorded_acts import records_elsewhere
from infra.terminal import say


@records_elsewhere("writes pictures into a folder of the caller's")
def augment(
    folder: Annotated[
        Path,
        typer.Argument(exists=True, file_okay=False, help="The folder with the pictures; sub-folders are included."),
    ],
    output: Annotated[
        Path, typer.Option(file_okay=False, help="The folder to write the variations to, in the same sub-folders.")
    ],
    copies: Annotated[int, typer.Option(min=1, max=99, help="The number of variations of each picture.")] = 4,
    seed: Annotated[
        int, typer.Option(min=0, help="The seed of the random numbers. The same seed creates the same files.")
    ] = 0,
    longest_side: Annotated[
        int, typer.Option(min=8, help="The largest side of a variation, in pixels. Larger pictures are scaled down.")
    ] = 1024,
) -> None:
    """Create variations of pictures for training: mirrored, rotated, cropped, and with slightly changed colours."""
    from infra.settings.settings import Settings
    from processors.imaging.augmented_folder import Variations
    from processors.imaging.decoding.decode import quiet_parsers
    from processors.imaging.picture_folder import find_pictures

    quiet_parsers()
    pictures = find_pictures(folder)
    report = Variations(copies, seed, longest_side, Settings().models.max_pixels).write(pictures, folder, output)
    for complaint in report.unreadable:
        say(f"left out {complaint}", err=True)
    read = len(pictures) - len(report.unreadable)
    say(f"{report.written} variations of {read} pictures are in {output}")
