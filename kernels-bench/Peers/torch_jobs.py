"""The jobs in PyTorch, as its tutorials write them. A row per image."""
import numpy as np
import torch
import torch.nn.functional as F

import idx


def round_to_tf32(wanted):
    """Whether products on a GPU may round their operands to TF32."""
    torch.backends.cuda.matmul.allow_tf32 = wanted
    torch.backends.cudnn.allow_tf32 = wanted


class Training:
    def __init__(self, folder, widths, images, batch, alpha, optimizer, device="cpu", graph=False, tf32=False):
        round_to_tf32(tf32)
        self.device = device
        self.X = torch.from_numpy((idx.images(folder)[:images] / 255.0).astype(np.float32)).to(device)
        self.Y = torch.from_numpy(idx.labels(folder)[:images].astype(np.int64)).to(device)
        self.order = torch.from_numpy(idx.order(folder)).to(device)
        self.batch, self.batches = batch, images // batch if batch else 1
        self.start = [(torch.from_numpy(W.copy()).to(device), torch.from_numpy(b.ravel().copy()).to(device))
                      for W, b in idx.start(folder, widths)]
        layers = []
        for inner, rows in zip(widths, widths[1:]):
            layers += [torch.nn.Linear(inner, rows), torch.nn.ReLU()]
        self.net = torch.nn.Sequential(*layers[:-1]).to(device)
        # Only on a GPU: a step there must not wait for the host.
        more = {"capturable": True} if graph and optimizer == "Adam" else {}
        self.make_optimizer = lambda: {"GradientDescent": torch.optim.SGD, "Adam": torch.optim.Adam}[optimizer](
            self.net.parameters(), lr=alpha, **more)
        self.graph = None
        self.reset()
        if graph:
            self.capture()

    def capture(self):
        """A step as a CUDA graph (PyTorch's notes on CUDA graphs, "Whole-network capture")."""
        j = self.indices()
        self.Xs, self.Ys = self.X[j].clone(), self.Y[j].clone()
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self.step(self.Xs, self.Ys)
        torch.cuda.current_stream().wait_stream(side)
        self.graph = torch.cuda.CUDAGraph()
        self.optimizer.zero_grad(set_to_none=True)
        with torch.cuda.graph(self.graph):
            F.cross_entropy(self.net(self.Xs), self.Ys).backward()
            self.optimizer.step()

    def reset(self):
        self.next = 0
        if self.graph is None:
            self.optimizer = self.make_optimizer()
        else:
            # The graph works on these tensors: they go back to zero where they are.
            for state in self.optimizer.state.values():
                for value in state.values():
                    if torch.is_tensor(value):
                        value.zero_()
        with torch.no_grad():
            for layer, (W, b) in zip((l for l in self.net if isinstance(l, torch.nn.Linear)), self.start):
                layer.weight.copy_(W)
                layer.bias.copy_(b)

    def indices(self):
        """The images of the next batch."""
        return self.order[self.next * self.batch:(self.next + 1) * self.batch] if self.batch else slice(None)

    def step(self, X, Y):
        self.optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(self.net(X), Y).backward()
        self.optimizer.step()

    def run(self, steps):
        for _ in range(steps):
            if self.graph is not None:
                if self.batch:
                    j = self.indices()
                    torch.index_select(self.X, 0, j, out=self.Xs)
                    torch.index_select(self.Y, 0, j, out=self.Ys)
                self.graph.replay()
            elif self.batch:
                j = self.indices()
                self.step(self.X[j], self.Y[j])
            else:
                self.step(self.X, self.Y)
            self.next = (self.next + 1) % self.batches
        wait(self.device)
        return steps * (self.batch or len(self.Y))

    def result(self):
        """The mean loss over the images."""
        with torch.no_grad():
            return F.cross_entropy(self.net(self.X).double(), self.Y).item()


class Product:
    """C [m x n] = A [m x k] B [k x n], for its speed: random operands."""

    def __init__(self, m, k, n, device="cpu", tf32=False):
        round_to_tf32(tf32)
        self.device = device
        torch.manual_seed(1)
        self.A = torch.rand(m, k, device=device) * 2 - 1
        self.B = torch.rand(k, n, device=device) * 2 - 1
        self.C = torch.empty(m, n, device=device)

    def reset(self):
        pass

    def run(self, steps):
        for _ in range(steps):
            torch.matmul(self.A, self.B, out=self.C)
        wait(self.device)
        return steps

    def result(self):
        return self.C.double().square().mean().sqrt().item()


def wait(device):
    """Until the device is done."""
    if device != "cpu":
        torch.cuda.synchronize()
