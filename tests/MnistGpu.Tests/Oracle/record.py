"""Records training runs in PyTorch for the tests: minibatches in file order, float64, on the CPU.

usage: python3 record.py            (needs numpy and torch; Debian: python3-torch)

Reads the images in data/ beside it and writes the folders named in RUNS there. Pixels are divided by 255, the loss is the
mean cross-entropy. Arrays are .npy (format 1.0, little-endian float64, C order); W is [out, in], b is [out].
"""
import gzip
import os

import numpy as np
import torch

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")
LAYERS, BATCH, STEPS = [784, 8, 6, 10], 64, 20
NETWORK = "-".join(str(width) for width in LAYERS)


def idx(name, offset):
    with gzip.open(os.path.join(DATA, name)) as f:
        return np.frombuffer(f.read(), np.uint8)[offset:]


IMAGES = idx("first-1280-images-idx3-ubyte.gz", 16).reshape(-1, 784) / 255.0
LABELS = idx("first-1280-labels-idx1-ubyte.gz", 8).astype(np.int64)


def save(folder, arrays):
    os.makedirs(os.path.join(DATA, folder), exist_ok=True)
    for name, value in arrays.items():
        np.save(os.path.join(DATA, folder, name + ".npy"), np.ascontiguousarray(value, np.float64))


def named(prefix, suffix, tensors):
    return {f"{prefix}{k + 1}{suffix}": t.detach().numpy() for k, t in enumerate(tensors)}


def run(folder, optimizer, activation, with_start=False):
    r = np.random.RandomState(0)
    Ws = [torch.tensor(r.randn(o, i) * np.sqrt(2.0 / i), requires_grad=True) for i, o in zip(LAYERS, LAYERS[1:])]
    bs = [torch.zeros(o, dtype=torch.float64, requires_grad=True) for o in LAYERS[1:]]
    if with_start:
        save(folder, {**named("W", "", Ws), **named("b", "", bs)})
    opt = optimizer([p for pair in zip(Ws, bs) for p in pair])
    for s in range(STEPS):
        x = torch.tensor(IMAGES[s * BATCH:(s + 1) * BATCH])
        y = torch.tensor(LABELS[s * BATCH:(s + 1) * BATCH])
        for k, (W, b) in enumerate(zip(Ws, bs)):
            x = x @ W.T + b
            if k < len(Ws) - 1:
                x = activation(x)
        loss = torch.nn.functional.cross_entropy(x, y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        if s in (0, STEPS - 1):
            print(folder, "step", s + 1, "loss", float(loss))
    save(folder, {**named("W", f"_{STEPS}", Ws), **named("b", f"_{STEPS}", bs)})


T, F = torch.optim, torch.nn.functional
RUNS = {
    # The other runs of this network begin where this one does.
    f"leaky-relu-{NETWORK}": lambda f: run(f, lambda p: T.SGD(p, lr=0.1), lambda z: F.leaky_relu(z, 0.01), True),
    f"nesterov-{NETWORK}": lambda f: run(
        f, lambda p: T.SGD(p, lr=0.05, momentum=0.9, nesterov=True), torch.relu),
    f"rmsprop-{NETWORK}": lambda f: run(f, lambda p: T.RMSprop(p, lr=1e-3), torch.relu),
}

if __name__ == "__main__":
    for folder, record in RUNS.items():
        record(folder)
