"""Trains a tiny classifier in PyTorch and exports it as PyTorch does by default: NCHW, floats, logits.

Run by ``make exports`` in an environment of its own. Scaled as torchvision's models are: ``--normalisation imagenet``.
"""

import sys
from pathlib import Path

import shapes
import torch
from torch import nn

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


def scaled(pixels):
    return (torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255 - MEAN) / DEVIATION


def build():
    layers = []
    for before, after in ((3, 8), (8, 16), (16, 32)):
        layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, len(shapes.NAMES)))


def main(target):
    torch.manual_seed(1)
    model = build()
    optimiser = torch.optim.Adam(model.parameters(), 0.01)
    for step in range(250):
        pixels, numbers = shapes.draw_batch(60, step)
        loss = nn.functional.cross_entropy(model(scaled(pixels)), torch.from_numpy(numbers))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.eval()
    pixels, numbers = shapes.draw_batch(300, 10_000)
    right = (model(scaled(pixels)).argmax(1).numpy() == numbers).mean()
    sys.stdout.write(f"PyTorch {torch.__version__}: {right:.3f} right\n")
    torch.onnx.export(
        model,
        torch.zeros(1, 3, shapes.SIDE, shapes.SIDE),
        str(target),
        input_names=["image"],
        output_names=["scores"],
        dynamic_axes={"image": {0: "batch"}, "scores": {0: "batch"}},
        dynamo=False,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
