"""The jobs in PyTorch, as its tutorials write them. A row per image."""
import numpy as np
import torch
import torch.nn.functional as F

import idx


class Training:
    def __init__(self, folder, widths, images, batch, alpha, optimizer):
        self.X = torch.from_numpy((idx.images(folder)[:images] / 255.0).astype(np.float32))
        self.Y = torch.from_numpy(idx.labels(folder)[:images].astype(np.int64))
        self.order = torch.from_numpy(idx.order(folder))
        self.batch, self.batches = batch, images // batch if batch else 1
        self.start = idx.start(folder, widths)
        layers = []
        for inner, rows in zip(widths, widths[1:]):
            layers += [torch.nn.Linear(inner, rows), torch.nn.ReLU()]
        self.net = torch.nn.Sequential(*layers[:-1])
        self.make_optimizer = lambda: {"GradientDescent": torch.optim.SGD, "Adam": torch.optim.Adam}[optimizer](self.net.parameters(), lr=alpha)
        self.reset()

    def reset(self):
        self.next = 0
        self.optimizer = self.make_optimizer()
        with torch.no_grad():
            for layer, (W, b) in zip((l for l in self.net if isinstance(l, torch.nn.Linear)), self.start):
                layer.weight.copy_(torch.from_numpy(W.copy()))
                layer.bias.copy_(torch.from_numpy(b.ravel().copy()))

    def step(self, X, Y):
        self.optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(self.net(X), Y).backward()
        self.optimizer.step()

    def run(self, steps):
        for _ in range(steps):
            if not self.batch:
                self.step(self.X, self.Y)
                continue
            j = self.order[self.next * self.batch:(self.next + 1) * self.batch]
            self.step(self.X[j], self.Y[j])
            self.next = (self.next + 1) % self.batches
        return steps * (self.batch or len(self.Y))

    def result(self):
        """The mean loss over the images."""
        with torch.no_grad():
            return F.cross_entropy(self.net(self.X).double(), self.Y).item()
