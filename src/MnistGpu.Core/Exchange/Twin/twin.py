"""Replays a training of MnistGpu in NumPy, from its start to its model, and compares the two.

    python3 @NAME@.py [DATA]

@ABOUT@
@NAME@.npz, which belongs beside this file, has the model's parameters@HELD@.
"""
import gzip
import math
import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = np.load(os.path.join(HERE, "@NAME@.npz"))
WIDTHS = @WIDTHS@                   # of the layers, the pixels first
SEED = @SEED@
TAKEN, HELD_OUT = @TAKEN@, @HELD_OUT@            # images taken in file order; of these, held out
STEPS, TOLD = @STEPS@, @TOLD@                    # steps of the model; those that the schedule counts with
#if batches
BATCH = @BATCH@                                  # images in a step
#end
ALPHA = @ALPHA@                                  # the learning rate
#if exponential
LAST = @LAST@                                    # the share of it that the schedule ends at
#end
#if momentum nesterov adam adamw
BETA1 = @BETA1@
#end
#if rmsprop adam adamw
BETA2, EPSILON = @BETA2@, @EPSILON@
#end
#if decay
LAMBDA = @LAMBDA@                                # the weight decay
#end
#if clip
CLIP = @CLIP@                                    # the greatest norm of the gradients
#end
#if average
AVERAGING = @AVERAGING@                          # how much of the average stays at a step
#end
#if smoothing
SMOOTHING = @SMOOTHING@                          # of the labels
#end
#if dropout
THRESHOLD = @THRESHOLD@                          # of 65,536: a unit with a smaller random number is dropped
#end
#if deform
# In 1/256 pixel, 2^-24 radians, 2^-24, 2^-24 radians.
SHIFT, ROTATION, SCALE, SHEAR = @RANGES@
#end
#if elastic
ELASTIC, SIGMA = @ELASTIC@, @SIGMA@              # of the elastic distortion, in pixels
#end

# ---- The images -------------------------------------------------------------------------------------------------

#if idx

def idx(name, header):
    """A file of bytes behind a header, raw or gzipped: http://yann.lecun.com/exdb/mnist."""
    folder = sys.argv[1] if len(sys.argv) > 1 else @FOLDER@
    path = os.path.join(folder, name)
    with (open(path, "rb") if os.path.exists(path) else gzip.open(path + ".gz")) as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


LABELS = idx("train-labels-idx1-ubyte", 8)
IMAGES = idx("train-images-idx3-ubyte", 16).reshape(len(LABELS), -1)
#end
#if npz
IMAGES, LABELS = MODEL["images"], MODEL["labels"]
#end

# ---- Random numbers: a value depends on what it is for and on nothing that was drawn before -----------------------

PARAMETERS, SHUFFLE, DROPOUT, DEFORMATION = 1, 2, 4, 5
LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)


def philox(purpose, a, b, c):
    """Four random 32-bit words for each counter (a, b, c): Philox 4x32-10, Salmon et al. 2011."""
    c0, c1, c2, c3 = np.broadcast_arrays(*(np.atleast_1d(np.asarray(v, np.uint64)) for v in (a, b, c, SEED >> 32)))
    k0, k1 = SEED & 0xFFFFFFFF, purpose
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = (p1 >> HALF) ^ c1 ^ np.uint64(k0), p1 & LOW, (p0 >> HALF) ^ c3 ^ np.uint64(k1), p0 & LOW
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c0, c1, c2, c3


def order(count, epoch):
    """A random order of 0 to count - 1: Fisher and Yates, from the last place down."""
    high, low, _, _ = philox(SHUFFLE, epoch, 0, np.arange(count))
    random = (high << HALF | low).tolist()
    result = list(range(count))
    for i in range(count - 1, 0, -1):
        j = random[i] * (i + 1) >> 64
        result[i], result[j] = result[j], result[i]
    return np.array(result)

#if !start

def draw(shape, layer, is_bias):
    """Numbers of the @START@ distribution."""
    count = math.prod(shape)
    x0, x1, x2, x3 = philox(PARAMETERS, layer, is_bias, np.arange((count + 1) // 2))
    u = ((x0 << HALF | x1) >> np.uint64(11)).astype(float) / 2**53
    v = ((x2 << HALF | x3) >> np.uint64(11)).astype(float) / 2**53
#if uniform
    pairs = u - 0.5, v - 0.5
#end
#if !uniform
    radius = np.sqrt(-2 * np.log(1 - u))                        # Box and Muller 1958
    pairs = radius * np.cos(2 * np.pi * v), radius * np.sin(2 * np.pi * v)
#end
    return np.stack(pairs, 1).reshape(-1)[:count].reshape(shape)

#end
#if dropout

def mask(layer, images, epoch):
    """M [units, m]: 1/(1 - p) for a unit that stays, 0 for one that is dropped. Eight units share a counter."""
    units = WIDTHS[layer]
    counters = (layer - 1 << 22) + np.arange((units + 7) // 8)
    words = philox(DROPOUT, epoch, images[None, :], counters[:, None])
    bits = np.stack([half for word in words for half in (word & np.uint64(0xFFFF), word >> np.uint64(16))], 1)
    keep = bits.reshape(-1, len(images))[:units] >= np.uint64(THRESHOLD)
    return keep * (65536 / (65536 - THRESHOLD))

#end
#if deform
# ---- Deformations: whole numbers throughout, so that every machine makes the same bytes ---------------------------

ONE = 1 << 24                                                   # fractions are multiples of 2^-24
WIDTH = @WIDTH@
HEIGHT = WIDTHS[0] // WIDTH


def times(x, y):
    return x * y >> 24


def nearest(x, y):
    """x/y to the nearest whole number, y > 0."""
    return np.sign(x) * ((np.abs(x) + y // 2) // y)


def sine(x):
    s = times(x, x)
    return times(x, ONE - times(s // 6, ONE - times(s // 20, ONE - s // 42)))


def cosine(x):
    s = times(x, x)
    return ONE - times(s // 2, ONE - times(s // 12, ONE - times(s // 30, ONE - s // 56)))


def amount(reach, bits):
    """Uniform from -reach to reach."""
    return reach * (2 * bits - 65535) + 32768 >> 16


def even(x):
    """To the nearest whole number, ties to even."""
    return np.rint(x).astype(np.int64)

#if elastic

def gaussian():
    """Weights by distance of the two passes that smooth the field, and what the second is divided by."""
    unit = 1 << min(20, math.floor(math.log2(16e6 / (256 * ELASTIC))))
    bell = [math.exp(-d * d / (2 * SIGMA * SIGMA)) for d in range(max(WIDTH, HEIGHT, int(10 * SIGMA) + 1))]
    total = 1.0
    for weight in bell[1:int(10 * SIGMA) + 1]:
        total += 2 * weight
    first, second = 2**15, ELASTIC * 256 / 2040 * unit
    return *(np.array([round(weight * bell[d] / total) for d in range(side)], float)[
        np.abs(np.arange(side)[:, None] - np.arange(side)[None, :])]
             for weight, side in ((first, HEIGHT), (second, WIDTH))), unit


FIRST, SECOND, UNIT = gaussian()


def displacements(images, epoch):
    """Two random fields [m, 2, height, width], smoothed, in 1/256 pixel: Simard et al. 2003."""
    counters = 1 + np.arange((2 * WIDTHS[0] + 15) // 16)
    words = np.stack(philox(DEFORMATION, epoch, images[:, None], counters[None, :]), 2).astype("<u4")
    R = 2.0 * words.view(np.uint8).reshape(len(images), -1)[:, :2 * WIDTHS[0]] - 255
    R = R.reshape(-1, 2, HEIGHT, WIDTH)
    return even(np.rint(FIRST @ R / 4096) @ SECOND / UNIT)

#end

def deform(X, images, labels, epoch):
    """Images [m, pixels], scaled, sheared, turned and shifted about their centres: Ciresan et al. 2010."""
    x0, x1, x2, _ = (word.astype(np.int64) for word in philox(DEFORMATION, epoch, images, 0))
#if digits
    halves = np.where((labels == 1) | (labels == 7), 2, 1)      # a turned 1 is a 7
#end
#if !digits
    halves = 1
#end
    tx, ty = amount(SHIFT, x0 & 0xFFFF), amount(SHIFT, x0 >> 16)
    theta, phi = amount(ROTATION // halves, x1 & 0xFFFF), amount(SHEAR // halves, x1 >> 16)
    sx, sy = ONE + amount(SCALE, x2 & 0xFFFF), ONE + amount(SCALE, x2 >> 16)
    cos, sin, tan = cosine(theta), sine(theta), nearest(sine(phi) << 24, cosine(phi))
    xx, xy = nearest(cos + times(tan, sin) << 12, sx), nearest(sin - times(tan, cos) << 12, sx)
    yx, yy = nearest(-sin << 12, sy), nearest(cos << 12, sy)
    left, top = 4096 * (WIDTH - 1) - (xx * tx + xy * ty >> 7), 4096 * (HEIGHT - 1) - (yx * tx + yy * ty >> 7)

    x = 2 * np.arange(WIDTH)[None, None, :] - (WIDTH - 1)       # from the centre, in half pixels
    y = 2 * np.arange(HEIGHT)[None, :, None] - (HEIGHT - 1)
    one = (slice(None), None, None)
    source_x = even((xx[one] * x + xy[one] * y + left[one]) / 32)
    source_y = even((yx[one] * x + yy[one] * y + top[one]) / 32)
#if elastic
    D = displacements(images, epoch)
    source_x, source_y = source_x + D[:, 0], source_y + D[:, 1]
#end

    X = X.reshape(-1, HEIGHT, WIDTH).astype(np.int64)
    image = np.arange(len(X))[one]

    def pixel(column, row):
        inside = (column >= 0) & (column < WIDTH) & (row >= 0) & (row < HEIGHT)
        return np.where(inside, X[image, row.clip(0, HEIGHT - 1), column.clip(0, WIDTH - 1)], 0)

    column, row, fx, fy = source_x >> 8, source_y >> 8, source_x & 255, source_y & 255
    above = 256 * pixel(column, row) + fx * (pixel(column + 1, row) - pixel(column, row))
    below = 256 * pixel(column, row + 1) + fx * (pixel(column + 1, row + 1) - pixel(column, row + 1))
    return even((256 * above + fy * (below - above)) / 65536).reshape(len(X), -1)

#end
# ---- The network --------------------------------------------------------------------------------------------------

L = len(WIDTHS) - 1
#if relu


def activate(Z):
    return np.maximum(Z, 0)


def derivative(Z):
    return Z > 0
#end
#if leaky-relu


def activate(Z):
    return np.where(Z > 0, Z, 0.01 * Z)


def derivative(Z):
    return np.where(Z > 0, 1, 0.01)
#end
#if tanh


def activate(Z):
    return 1.7159 * np.tanh(2 / 3 * Z)


def derivative(Z):
    return 2 / 3 * (1.7159 - activate(Z) ** 2 / 1.7159)
#end


def softmax(Z):
    E = np.exp(Z - Z.max(0))
    return E / E.sum(0)


def gradients(W, b, X, labels, images, epoch):
    """dW, db and the loss of a step: X [m, pixels]; everything below has an image per column."""
    A, Z, M = [X.T / 255], [None], [None]
    for l in range(1, L + 1):
        Z.append(W[l] @ A[l - 1] + b[l])
        A.append(activate(Z[l]) if l < L else softmax(Z[l]))
#if dropout
        M.append(mask(l, images, epoch) if l < L else None)
        if l < L:
            A[l] = A[l] * M[l]
#end

    m = len(labels)
    Y = np.zeros((WIDTHS[-1], m))
    Y[labels, np.arange(m)] = 1
#if smoothing
    Y = (1 - SMOOTHING) * Y + SMOOTHING / WIDTHS[-1]
#end
    dZ = A[L] - Y
    dW, db = [None] * (L + 1), [None] * (L + 1)
    for l in range(L, 0, -1):
        dW[l], db[l] = dZ @ A[l - 1].T / m, dZ.sum(1, keepdims=True) / m
        if l > 1:
            dA = W[l].T @ dZ
#if dropout
            dA = dA * M[l - 1]
#end
            dZ = dA * derivative(Z[l - 1])

    shifted = Z[L] - Z[L].max(0)
    loss = (np.log(np.exp(shifted).sum(0)) * Y.sum(0) - (Y * shifted).sum(0)).mean()
    return dW, db, loss


# ---- A step -------------------------------------------------------------------------------------------------------

def rate(t):
    """The learning rate of step t, from 0."""
#if constant
    return ALPHA
#end
#if exponential
    return ALPHA * LAST ** (t / TOLD)
#end
#if cosine
    return ALPHA * (1 + math.cos(math.pi * t / TOLD)) / 2       # Loshchilov and Hutter 2017
#end
#if one-cycle
    def half_cosine(start, end, done):
        return end + (start - end) * (1 + math.cos(math.pi * done)) / 2

    done = t / TOLD                                             # Smith and Topin 2018
    return ALPHA * (half_cosine(1 / 25, 1, done / 0.3) if done < 0.3
                    else half_cosine(1, 1 / 25 / 1e4, (done - 0.3) / (1 - 0.3)))
#end


def update(theta, g, moments, alpha, t):
    """What a step makes of one array of parameters theta and its gradient g; moments begin at zero."""
#if coupled
    g = g + LAMBDA * theta
#end
#if gd
    theta -= alpha * g
#end
#if momentum
    v, = moments
    v[:] = BETA1 * v + g
    theta -= alpha * v
#end
#if nesterov
    v, = moments
    v[:] = BETA1 * v + g
    theta -= alpha * (g + BETA1 * v)
#end
#if rmsprop
    v, = moments
    v[:] = BETA2 * v + (1 - BETA2) * g * g
    theta -= alpha * g / (np.sqrt(v) + EPSILON)
#end
#if adam adamw
    m, v = moments
#if decoupled
    theta -= alpha * LAMBDA * theta
#end
    m[:] = BETA1 * m + (1 - BETA1) * g
    v[:] = BETA2 * v + (1 - BETA2) * g * g
    theta -= alpha * (m / (1 - BETA1 ** (t + 1))) / (np.sqrt(v / (1 - BETA2 ** (t + 1))) + EPSILON)
#end


# ---- The run ------------------------------------------------------------------------------------------------------

#if shuffled
taken = order(TAKEN, 0)
#end
#if !shuffled
taken = np.arange(TAKEN)
#end
X, labels = IMAGES[taken][HELD_OUT:], LABELS[taken][HELD_OUT:]
count = len(labels)
#if start
W = [None] + [MODEL[f"start_W{l}"].astype(float) for l in range(1, L + 1)]
b = [None] + [MODEL[f"start_b{l}"].astype(float).reshape(-1, 1) for l in range(1, L + 1)]
#end
#if he
W = [None] + [draw((WIDTHS[l], WIDTHS[l - 1]), l - 1, 0) * math.sqrt(2 / WIDTHS[l - 1]) for l in range(1, L + 1)]
b = [None] + [np.zeros((WIDTHS[l], 1)) for l in range(1, L + 1)]
#end
#if uniform normal
W = [None] + [draw((WIDTHS[l], WIDTHS[l - 1]), l - 1, 0) for l in range(1, L + 1)]
b = [None] + [draw((WIDTHS[l], 1), l - 1, 1) for l in range(1, L + 1)]
#end
theta = W[1:] + b[1:]
moments = [[np.zeros_like(p) for _ in range(@MOMENTS@)] for p in theta]
#if average
average = None
#end
#if batches
per_epoch = -(-count // BATCH)
#end
#if full
per_epoch = max(1, TOLD // 10)
#end
losses = []
for t in range(STEPS):
#if batches
    epoch = t // per_epoch
    if t % per_epoch == 0:
        shuffled = order(count, epoch + 1)
    images = shuffled[t % per_epoch * BATCH:][:BATCH]
    batch = X[images]
#end
#if full
    epoch, images, batch = t, np.arange(count), X
#end
#if deform
    batch = deform(batch, images, labels[images], epoch)
#end
    dW, db, loss = gradients(W, b, batch, labels[images], images, epoch)
    g = dW[1:] + db[1:]
#if clip
    norm = math.sqrt(sum((part * part).sum() for part in g))
    g = [part * min(1, CLIP / norm) if norm > 0 else part for part in g]
#end
    for p, part, remembered in zip(theta, g, moments):
        update(p, part, remembered, rate(t), t)
#if average
    d = min(AVERAGING, (1 + t) / (10 + t))
    average = [p.copy() for p in theta] if average is None else [d * a + (1 - d) * p for a, p in zip(average, theta)]
#end
    losses.append(loss)
    if (t + 1) % per_epoch == 0 or t + 1 == STEPS:
        print(f"step {t + 1:6d}   loss {np.mean(losses):.4f}   rate {rate(t):.3g}", flush=True)
        losses = []

# ---- The model ----------------------------------------------------------------------------------------------------

#if average
theta = average
#end
model = [MODEL[f"W{l}"] for l in range(1, L + 1)] + [MODEL[f"b{l}"].reshape(-1, 1) for l in range(1, L + 1)]
largest = max(np.abs(ours - theirs).max() for ours, theirs in zip(theta, model))
kind = model[0].dtype.name
bound = 1e-9 if kind == "float64" else 1e-4
same = largest <= bound


def classes(parameters):
    A = X[:10000].T / 255
    for l in range(L):
        Z = parameters[l] @ A + parameters[L + l]
        A = activate(Z)
    return Z.argmax(0)


alike = (classes(theta) == classes(model)).mean()
print(f"The model is of {kind}. The largest difference of a parameter is {largest:.1e}: "
      + (f"the same run, within {bound}." if same else f"more than {bound}."))
print(f"{100 * alike:.2f} % of the first images get the same class from both.")
if not same and kind == "float32":
    print("Differences of rounding grow from step to step; a model of --device reference has none.")
sys.exit(0 if same else 1)
