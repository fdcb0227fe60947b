"""Makes the small files of other programs that these tests read, and the answers that each must give.

    /usr/bin/python3 make_files.py

Debian 12: python3-torch 1.13, python3-onnx 1.12, python3-h5py 3.7, python3-numpy 1.24. PyTorch's exporter writes its
ONNX files itself. tf2onnx, keras2onnx, PyTorch's newer exporter and Keras are not in Debian: their files are built here
node by node, or array by array, in the layout that they write.

Networks are 12-5-4-3 on images of 12 pixels. answers.npz has, for each file, the class probabilities of the images
of pixels.npy, computed in float64 by PyTorch or by the equations below.
"""
import copy
import io
import json
import os
import struct
import zipfile

import h5py
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "files")
PIXELS = np.random.default_rng(1).integers(0, 256, (20, 12), dtype=np.uint8)
IMAGES = torch.tensor(PIXELS / 255.0).reshape(20, 1, 3, 4)
MEAN, DEVIATION = 0.1307, 0.3081
answers = {}


def path(name):
    return os.path.join(FOLDER, name)


def trained(model, seed=0):
    """Weights of some size, and BatchNorm that has seen images."""
    torch.manual_seed(seed)
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.5)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm1d):
            nn.init.normal_(module.running_mean, std=0.5)
            nn.init.uniform_(module.running_var, 0.5, 2)
    return model.eval()


def answer(name, model, images=None):
    exact = copy.deepcopy(model).double()
    answers[name] = torch.softmax(exact(IMAGES if images is None else images).detach(), 1).numpy()


def export(name, model, opset=13, images=None, training=None, **options):
    answer(name, model, images)
    arguments = dict(opset_version=opset, input_names=["images"], output_names=["logits"])
    arguments.update(options)
    if training is not None:
        arguments["training"] = training
    torch.onnx.export(model, torch.zeros(1 if training is None else 2, 1, 3, 4), path(name), **arguments)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(12, 5), nn.Linear(5, 4), nn.Linear(4, 3)

    def forward(self, x):
        x = torch.relu(self.fc1(x.view(-1, 12)))
        return self.fc3(torch.relu(self.fc2(x)))


class Unlike(nn.Module):
    """Names whose order is not the network's."""

    def __init__(self):
        super().__init__()
        self.inner, self.hidden, self.answer = nn.Linear(12, 5), nn.Linear(5, 4), nn.Linear(4, 3)

    def forward(self, x):
        x = torch.relu(self.inner(x.view(-1, 12)))
        return self.answer(torch.relu(self.hidden(x)))


def sequential(activation, *more, bias=True, norm=False):
    layers = [nn.Flatten()]
    for inputs, outputs in ((12, 5), (5, 4)):
        layers.append(nn.Linear(inputs, outputs, bias=bias))
        if norm:
            layers.append(nn.BatchNorm1d(outputs))
        layers += [activation(), nn.Dropout(0.2)]
    return trained(nn.Sequential(*layers, nn.Linear(4, 3, bias=bias), *more))


def safetensors(name, tensors, metadata=None):
    """The format itself: Debian has no package of it."""
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for key in sorted(tensors):
        kind, array = tensors[key]
        raw = array.tobytes()
        header[key] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path(name), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def state(model, kind="F32"):
    types = {"F32": np.float32, "F64": np.float64, "F16": np.float16}
    out = {}
    for key, value in model.state_dict().items():
        if value.dtype == torch.int64:
            out[key] = ("I64", value.numpy())
        elif kind == "BF16":
            out[key] = (kind, value.bfloat16().view(torch.int16).numpy())
        else:
            out[key] = (kind, value.numpy().astype(types[kind]))
    return out


def torch_files():
    net = trained(Net())
    export("torch-net.onnx", net, dynamic_axes={"images": {0: "batch"}, "logits": {0: "batch"}})
    export("torch-net-fixed-batch.onnx", net, opset=11)
    export("torch-net-inputs.onnx", net, keep_initializers_as_inputs=True)
    export("torch-no-bias.onnx", sequential(nn.ReLU, bias=False))
    export("torch-norm.onnx", sequential(nn.ReLU, norm=True))
    fresh = sequential(nn.ReLU, norm=True)
    for module in fresh.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.reset_parameters()
    # Equal initializers are written once; the others are Identity nodes of it.
    export("torch-norm-fresh.onnx", fresh)
    export("torch-tanh-softmax.onnx", sequential(nn.Tanh, nn.LogSoftmax(1)), opset=9)
    export("torch-sigmoid.onnx", sequential(nn.Sigmoid), opset=17)
    export("torch-leaky.onnx", sequential(nn.LeakyReLU))
    normalized = (IMAGES - MEAN) / DEVIATION
    export("torch-normalized-outside.onnx", sequential(nn.ReLU), images=normalized)
    # What is refused.
    export("refused-gelu.onnx", sequential(nn.GELU))
    export("refused-training.onnx", sequential(nn.ReLU, norm=True), training=torch.onnx.TrainingMode.TRAINING,
           do_constant_folding=False)
    convolution = trained(nn.Sequential(nn.Conv2d(1, 2, 2), nn.ReLU(), nn.Flatten(), nn.Linear(12, 3)))
    export("refused-convolution.onnx", convolution)
    for name in ("refused-gelu.onnx", "refused-training.onnx", "refused-convolution.onnx"):
        del answers[name]

    torch.save(net.state_dict(), path("torch-net.pt"))
    answers["torch-net.pt"] = answers["torch-net.onnx"]
    norm = sequential(nn.ReLU, norm=True)
    torch.save({"epoch": 3, "model_state_dict": norm.state_dict(), "loss": 0.5}, path("torch-checkpoint.pt"))
    answers["torch-checkpoint.pt"] = answers["torch-norm.onnx"]
    half = trained(Net()).half()
    torch.save(half.state_dict(), path("torch-half.pt"))
    answer("torch-half.pt", half.float())
    torch.save(torch.nn.Sequential(nn.Linear(12, 3)), path("refused-whole-module.pt"))

    safetensors("torch-net.safetensors", state(net), {"format": "pt"})
    answers["torch-net.safetensors"] = answers["torch-net.onnx"]
    safetensors("torch-norm.safetensors", state(norm), {"format": "pt"})
    answers["torch-norm.safetensors"] = answers["torch-norm.onnx"]
    for kind in ("F16", "BF16", "F64"):
        rounded = trained(Net())
        rounded = rounded.half() if kind == "F16" else rounded.bfloat16() if kind == "BF16" else rounded
        name = f"torch-net-{kind.lower()}.safetensors"
        answer(name, rounded.float())
        safetensors(name, state(rounded, kind))
    unlike = trained(Unlike())
    answer("torch-unlike.safetensors", unlike)
    safetensors("torch-unlike.safetensors", state(unlike))


def forward(layers, activation, pixels, epsilon=1e-3):
    a = pixels
    for at, (W, b, norm) in enumerate(layers):
        a = a @ W + b
        if norm is not None:
            gamma, beta, mean, variance = norm
            a = gamma * (a - mean) / np.sqrt(variance + epsilon) + beta
        if at < len(layers) - 1:
            a = activation(a)
    e = np.exp(a - a.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def relu(z):
    return np.maximum(z, 0)


def weights(norm=False):
    random = np.random.default_rng(2)
    layers = []
    for inputs, outputs in ((12, 5), (5, 4), (4, 3)):
        draw = [random.normal(0, 0.5, shape).astype(np.float32) for shape in ((inputs, outputs), outputs)]
        four = [random.normal(0, 0.5, outputs).astype(np.float32) for _ in range(3)]
        four.append(random.uniform(0.5, 2, outputs).astype(np.float32))
        layers.append((*draw, four if norm and outputs != 3 else None))
    return layers


def graph(name, nodes, initializers, inputs=None, outputs=None, opset=15, ir=8, producer="tf2onnx", element=None,
          shape=("batch", 3, 4, 1)):
    inputs = inputs or [helper.make_tensor_value_info("input", element or TensorProto.FLOAT, shape)]
    outputs = outputs or [helper.make_tensor_value_info("output", TensorProto.FLOAT, ("batch", 3))]
    made = helper.make_model(helper.make_graph(nodes, "g", inputs, outputs, initializers), producer_name=producer,
                             opset_imports=[helper.make_opsetid("", opset)])
    made.ir_version = ir
    with open(path(name), "wb") as file:
        file.write(made.SerializeToString())
    return made


def keras_graph(layers, end="Softmax", swap=False):
    """Reshape, then MatMul and Add with kernels [in, out], as tf2onnx writes Keras."""
    nodes = [helper.make_node("Reshape", ["input", "shape"], ["x0"], "flatten")]
    initializers = [numpy_helper.from_array(np.array([-1, 12], np.int64), "shape")]
    at = "x0"
    for i, (W, b, _) in enumerate(layers):
        initializers += [numpy_helper.from_array(W, f"W{i}"), numpy_helper.from_array(b, f"b{i}")]
        nodes.append(helper.make_node("MatMul", [at, f"W{i}"], [f"m{i}"], f"dense_{i}/MatMul"))
        operands = [f"b{i}", f"m{i}"] if swap else [f"m{i}", f"b{i}"]
        nodes.append(helper.make_node("Add", operands, [f"z{i}"], f"dense_{i}/BiasAdd"))
        at = f"z{i}"
        if i < len(layers) - 1:
            nodes.append(helper.make_node("Relu", [at], [f"a{i}"], f"dense_{i}/Relu"))
            at = f"a{i}"
    nodes.append(helper.make_node(end, [at], ["output"], "end", **({"axis": -1} if end == "Softmax" else {})))
    return nodes, initializers


def built_graphs():
    layers = weights()
    exact = forward([(W.astype(float), b.astype(float), n) for W, b, n in layers], relu, PIXELS / 255.0)
    for name, swap in (("tf2onnx.onnx", False), ("tf2onnx-swapped.onnx", True)):
        graph(name, *keras_graph(layers, swap=swap))
        answers[name] = exact

    # keras2onnx: Identity between, biases as float_data, weights among the inputs.
    nodes, initializers = keras_graph(layers)
    nodes[-1].input[0] = "same"
    nodes.insert(len(nodes) - 1, helper.make_node("Identity", ["z2"], ["same"], "identity"))
    for tensor in initializers:
        if tensor.name.startswith("b"):
            tensor.float_data.extend(numpy_helper.to_array(tensor).tolist())
            tensor.ClearField("raw_data")
    inputs = [helper.make_tensor_value_info("input", TensorProto.FLOAT, ("N", 3, 4, 1))]
    inputs += [helper.make_tensor_value_info(t.name, t.data_type, t.dims) for t in initializers]
    graph("keras2onnx.onnx", nodes, initializers, inputs, opset=11, ir=6, producer="keras2onnx")
    answers["keras2onnx.onnx"] = exact

    # Bytes in; the scaling, the mean and the deviation are in the graph.
    nodes, initializers = keras_graph(layers)
    nodes[0].input[0] = "scaled"
    head = [helper.make_node("Cast", ["input"], ["f"], "cast", to=TensorProto.FLOAT),
            helper.make_node("Div", ["f", "c255"], ["d"], "div"),
            helper.make_node("Sub", ["d", "mean"], ["s"], "sub"),
            helper.make_node("Div", ["s", "deviation"], ["scaled"], "normalize")]
    initializers += [numpy_helper.from_array(np.array(255, np.float32), "c255"),
                     numpy_helper.from_array(np.full((1, 1, 1, 1), MEAN, np.float32), "mean")]
    head.append(helper.make_node("Constant", [], ["deviation"], value_float=DEVIATION))
    graph("normalized-inside.onnx", head + nodes, initializers, element=TensorProto.UINT8)
    scaled = (PIXELS / 255.0 - float(np.float32(MEAN))) / float(np.float32(DEVIATION))
    answers["normalized-inside.onnx"] = forward(layers, relu, scaled)

    # PyTorch's newer exporter: Transpose of [out, in], MatMul, Add; weights in a second file.
    nodes, initializers = keras_graph(layers)
    for i, (W, _, _) in enumerate(layers):
        initializers[1 + 2 * i].CopyFrom(numpy_helper.from_array(np.ascontiguousarray(W.T), f"T{i}"))
        nodes.append(helper.make_node("Transpose", [f"T{i}"], [f"W{i}"], f"transpose_{i}", perm=[1, 0]))
    data = b""
    for tensor in initializers[1:]:
        raw = tensor.raw_data
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", "dynamo.onnx.data"), ("offset", str(len(data))), ("length", str(len(raw)))):
            entry = tensor.external_data.add()
            entry.key, entry.value = key, value
        data += raw
    with open(path("dynamo.onnx.data"), "wb") as file:
        file.write(data)
    graph("dynamo.onnx", nodes, initializers, opset=18, ir=10, producer="pytorch")
    answers["dynamo.onnx"] = exact

    # What is refused.
    for name, location in (("refused-outside.onnx", "../dynamo.onnx.data"), ("refused-absent.onnx", "nowhere.data")):
        initializers[1].external_data[0].value = location
        graph(name, nodes, initializers, opset=18, ir=10)
    nodes, initializers = keras_graph(layers)
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ("batch", 3)) for name in ("output", "z2")]
    graph("refused-two-outputs.onnx", nodes, initializers, outputs=outputs)
    graph("refused-opset-6.onnx", nodes, initializers, opset=6, ir=3)
    graph("refused-opset-99.onnx", nodes, initializers, opset=99)
    graph("refused-inputs.onnx", nodes, initializers, shape=("batch", 28, 28, 1))
    branch = [*nodes[:-1], helper.make_node("Add", ["z2", "x0"], ["output"], "residual")]
    graph("refused-branch.onnx", branch, initializers)
    graph("refused-argmax.onnx", [*nodes[:-1], helper.make_node("ArgMax", ["z2"], ["output"], "best")], initializers)
    wrong = [(W, b, n) if W.shape != (5, 4) else (W[:, :3], b[:3], n) for W, b, n in layers]
    graph("refused-chain.onnx", *keras_graph(wrong))
    nan = [(W * np.float32("nan"), b, n) for W, b, n in layers]
    graph("refused-nan.onnx", *keras_graph(nan))


def keras_config(layers, activation, version):
    described = [{"class_name": "InputLayer", "config": {"name": "input_layer"}},
                 {"class_name": "Flatten", "config": {"name": "flatten"}}]
    for i, (W, _, norm) in enumerate(layers):
        last = i == len(layers) - 1
        function = "softmax" if last else "linear" if norm is not None else activation
        name = "digits" if last and version == 2 else "dense" if i == 0 else f"dense_{i}"
        described.append({"class_name": "Dense", "config": {"name": name, "units": W.shape[1],
                                                            "activation": function}})
        if norm is not None:
            described.append({"class_name": "BatchNormalization",
                              "config": {"name": f"batch_normalization_{i}", "epsilon": 0.001}})
            described.append({"class_name": "Activation", "config": {"name": f"act_{i}", "activation": activation}})
        described.append({"class_name": "Dropout", "config": {"name": f"dropout_{i}", "rate": 0.2}})
    return {"class_name": "Sequential", "config": {"name": "sequential", "layers": described}}


def keras_weights(file, layers, **options):
    """Keras 3: layers/dense/vars/0, counted by class."""
    for i, (W, b, norm) in enumerate(layers):
        name = "dense" if i == 0 else f"dense_{i}"
        file.create_dataset(f"layers/{name}/vars/0", data=W, **options)
        file.create_dataset(f"layers/{name}/vars/1", data=b)
        file.create_group(f"layers/dropout{f'_{i}' if i else ''}/vars")
        if norm is not None:
            group = "batch_normalization" if i == 0 else f"batch_normalization_{i}"
            for k, part in enumerate(norm):
                file.create_dataset(f"layers/{group}/vars/{k}", data=part)
    file.create_dataset("optimizer/vars/0", data=np.zeros(3, np.float32))


def keras_files():
    plain, norm = weights(), weights(norm=True)
    with h5py.File(path("keras3.weights.h5"), "w") as file:
        keras_weights(file, plain)
    answers["keras3.weights.h5"] = forward(plain, relu, PIXELS / 255.0)
    with h5py.File(path("keras3-packed.weights.h5"), "w") as file:
        keras_weights(file, plain, chunks=(2, 3), compression="gzip", shuffle=True)
    answers["keras3-packed.weights.h5"] = answers["keras3.weights.h5"]
    with h5py.File(path("keras3-latest.weights.h5"), "w", libver="latest") as file:
        keras_weights(file, plain)
    answers["keras3-latest.weights.h5"] = answers["keras3.weights.h5"]
    for name, layers, activation, function in (("keras3.keras", norm, "relu", relu),
                                               ("keras3-tanh.keras", plain, "tanh", np.tanh)):
        weight_file = io.BytesIO()
        with h5py.File(weight_file, "w") as file:
            keras_weights(file, layers)
        with zipfile.ZipFile(path(name), "w") as archive:
            archive.writestr("metadata.json", json.dumps({"keras_version": "3.0.0"}))
            archive.writestr("config.json", json.dumps(keras_config(layers, activation, 3)))
            archive.writestr("model.weights.h5", weight_file.getvalue())
        answers[name] = forward(layers, function, PIXELS / 255.0)
    with h5py.File(path("keras2.h5"), "w") as file:
        file.attrs["keras_version"] = "2.15.0"
        file.attrs["model_config"] = json.dumps(keras_config(plain, "sigmoid", 2))
        for i, (W, b, _) in enumerate(plain):
            name = ("dense", "dense_1", "digits")[i]
            file.create_dataset(f"model_weights/{name}/{name}/kernel:0", data=W)
            file.create_dataset(f"model_weights/{name}/{name}/bias:0", data=b)
    answers["keras2.h5"] = forward(plain, lambda z: 1 / (1 + np.exp(-z)), PIXELS / 255.0)


def numpy_files():
    layers = weights()
    arrays = {}
    for i, (W, b, _) in enumerate(layers, 1):
        arrays[f"W{i}"], arrays[f"b{i}"] = np.ascontiguousarray(W.T), b
    np.savez(path("numpy.npz"), **arrays)
    for i, (W, b, _) in enumerate(layers, 1):
        arrays[f"W{i}"], arrays[f"b{i}"] = np.asfortranarray(W.astype(">f8")), b.reshape(1, -1)
    np.savez_compressed(path("numpy-transposed.npz"), **arrays)
    answers["numpy.npz"] = answers["numpy-transposed.npz"] = forward(layers, relu, PIXELS / 255.0)
    np.savez(path("refused-object.npz"), W1=np.array([{}], dtype=object))


if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    torch_files()
    built_graphs()
    keras_files()
    numpy_files()
    np.save(path("pixels.npy"), PIXELS)
    np.savez_compressed(path("answers.npz"), **{name: value.astype(np.float64) for name, value in answers.items()})
    print(f"{len(answers)} files with answers in {FOLDER}")
