"""Reads what the bench wrote: a job's folder holds its start and its order as raw arrays, the folder above the images
and labels as IDX files."""
import os

import numpy as np


def images(folder):
    """[m x 784] bytes: a column of the equations is a row here."""
    return np.fromfile(os.path.join(folder, "..", "train-images-idx3-ubyte"), np.uint8)[16:].reshape(-1, 784)


def labels(folder):
    return np.fromfile(os.path.join(folder, "..", "train-labels-idx1-ubyte"), np.uint8)[8:]


def start(folder, widths):
    """W1, b1, W2, b2, ...: W [out x in] row by row, float32."""
    flat = np.fromfile(os.path.join(folder, "start.f32"), "<f4")
    layers, place = [], 0
    for inner, rows in zip(widths, widths[1:]):
        W = flat[place:place + rows * inner].reshape(rows, inner)
        place += rows * inner
        layers.append((W, flat[place:place + rows].reshape(rows, 1)))
        place += rows
    if place != flat.size:
        raise ValueError(f"start.f32 holds {flat.size} numbers, {widths} needs {place}")
    return layers


def order(folder):
    return np.fromfile(os.path.join(folder, "order.i32"), "<i4").astype(np.int64)
