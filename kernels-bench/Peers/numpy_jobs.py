"""The jobs in NumPy. A column per image, as in the equations."""
import numpy as np

import idx


class FullBatch:
    """The tutorial's way: every image in every step, one hidden layer, written as the tutorial writes it."""

    def __init__(self, folder, widths, images, batch, alpha, optimizer, dtype):
        if batch != 0 or len(widths) != 3 or optimizer != "GradientDescent":
            raise ValueError("only full batches, one hidden layer and plain gradient descent")
        self.dtype, self.alpha, self.m = dtype, dtype(alpha), images
        self.X = (idx.images(folder)[:images].T / 255.0).astype(dtype)
        self.labels = idx.labels(folder)[:images]
        self.Y = np.zeros((widths[-1], images), dtype)
        self.Y[self.labels, np.arange(images)] = 1
        self.start = idx.start(folder, widths)
        self.reset()

    def reset(self):
        (self.W1, self.b1), (self.W2, self.b2) = [(W.astype(self.dtype), b.astype(self.dtype)) for W, b in self.start]

    def run(self, steps):
        X, Y, a, share = self.X, self.Y, self.alpha, self.dtype(1 / self.m)
        W1, b1, W2, b2 = self.W1, self.b1, self.W2, self.b2
        for _ in range(steps):
            Z1 = W1.dot(X) + b1
            A1 = np.maximum(0, Z1)
            Z2 = W2.dot(A1) + b2
            e = np.exp(Z2 - Z2.max(axis=0))
            A2 = e / e.sum(axis=0)
            dZ2 = A2 - Y
            dW2 = share * dZ2.dot(A1.T)
            db2 = share * dZ2.sum(axis=1, keepdims=True)
            dZ1 = W2.T.dot(dZ2) * (Z1 > 0)
            dW1 = share * dZ1.dot(X.T)
            db1 = share * dZ1.sum(axis=1, keepdims=True)
            W1, b1, W2, b2 = W1 - a * dW1, b1 - a * db1, W2 - a * dW2, b2 - a * db2
        self.W1, self.b1, self.W2, self.b2 = W1, b1, W2, b2
        return steps * self.m

    def result(self):
        """The mean loss over the images."""
        Z = (self.W2.dot(np.maximum(0, self.W1.dot(self.X) + self.b1)) + self.b2).astype(np.float64)
        Z -= Z.max(axis=0)
        return float((np.log(np.exp(Z).sum(axis=0)) - Z[self.labels, np.arange(self.m)]).mean())


class Product:
    """C = A.B in float32, into memory that is there already."""

    def __init__(self, folder, m, k, n):
        self.A = np.fromfile(f"{folder}/A.f32", "<f4").reshape(m, k)
        self.B = np.fromfile(f"{folder}/B.f32", "<f4").reshape(k, n)
        self.C = np.empty((m, n), np.float32)

    def reset(self):
        self.C.fill(0)

    def run(self, steps):
        for _ in range(steps):
            np.dot(self.A, self.B, out=self.C)
        return steps

    def result(self):
        """The root of the mean square, which both sides must agree on."""
        return float(np.sqrt((self.C.astype(np.float64) ** 2).mean()))
