"""Trains a tiny classifier in Keras and exports it as TensorFlow lays pictures out: NHWC, floats, softmax.

Run by ``make exports`` in an environment of its own. Scaled to -1 and 1: ``--normalisation minus_one_one``.
"""

import os
import sys
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import keras
import shapes
import tensorflow as tf
import tf2onnx


def scaled(pixels):
    return pixels.astype("float32") / 127.5 - 1


def build():
    layers = []
    for channels in (8, 16, 32):
        layers += [keras.layers.Conv2D(channels, 3, strides=2, padding="same")]
        layers += [keras.layers.BatchNormalization(momentum=0.9), keras.layers.ReLU()]
    head = [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(len(shapes.NAMES), activation="softmax")]
    return keras.Sequential([keras.Input((shapes.SIDE, shapes.SIDE, 3), name="image"), *layers, *head])


def main(target):
    keras.utils.set_random_seed(1)
    model = build()
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    pixels, numbers = shapes.draw_batch(6000, 0)
    model.fit(scaled(pixels), numbers, batch_size=60, epochs=4, verbose=0)
    pixels, numbers = shapes.draw_batch(300, 10_000)
    _, right = model.evaluate(scaled(pixels), numbers, verbose=0)
    sys.stdout.write(f"Keras {keras.__version__}, TensorFlow {tf.__version__}: {right:.3f} right\n")
    signature = [tf.TensorSpec((None, shapes.SIDE, shapes.SIDE, 3), tf.float32, name="image")]
    function = tf.function(lambda image: {"scores": model(image, training=False)}, input_signature=signature)
    tf2onnx.convert.from_function(function, signature, opset=17, output_path=str(target))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
