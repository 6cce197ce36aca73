"""PyTorch's side of `npm run bench`: modules, loss and optimizer as its guides have them, on the processor.

torch_peer.py probe            which PyTorch this is, as JSON
torch_peer.py FOLDER OPTIONS   the task in FOLDER; scripts/lab/bench/task.ts says what is asked and answered
"""

import json
import platform
import re
import sys
import time

import numpy as np
import torch
from torch import nn

from peer_task import (
    SCALE,
    read_batches,
    read_command,
    read_images,
    read_labels,
    read_parameters,
    rows_at_once,
    score,
    time_inference,
)

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}


def main(arguments):
    if arguments == ["probe"]:
        print(json.dumps(versions()))
        return
    task, options = read_command(arguments)
    torch.set_num_threads(options["threads"])
    run = train if task["kind"] == "training" else infer
    print(json.dumps({**run(task, options), "versions": versions()}))


def versions():
    capability = re.search(r"CPU capability usage: (\S+)", torch.__config__.show())
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "kernels": "unknown" if capability is None else capability.group(1),
        "oneDNN": str(torch.backends.mkldnn.is_available()),
        "threads": str(torch.get_num_threads()),
    }


class Pixels(nn.Module):
    """Rows of inputs as pictures, [rows, channels, height, width] with the channels of a pixel together in memory."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.view(-1, *self.shape).permute(0, 3, 1, 2)


class Flatten(nn.Module):
    """The channels of each pixel together, as the task's weights have it."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


def network_of(task):
    """Ends with the sums of the last layer, as PyTorch's loss takes them."""
    weights, biases = (iter(each) for each in read_parameters(task))
    plan = task["plan"]
    modules = []
    for index, layer in enumerate(plan):
        kind = layer["kind"]
        is_picture = len(layer["input"]) == 3
        if index == 0 and is_picture:
            modules.append(Pixels(layer["input"]))
        if kind == "maxPool":
            modules.append(nn.MaxPool2d((layer["places"]["height"], layer["places"]["width"])))
            continue
        if kind == "convolution":
            places = layer["places"]
            padding = (places["top"], places["left"])
            window = (places["height"], places["width"])
            module = nn.Conv2d(layer["input"][2], layer["output"][2], window, padding=padding)
            order = (3, 2, 0, 1)
        else:
            if is_picture:
                modules.append(Flatten())
            module = nn.Linear(layer["inputs"], layer["outputs"])
            order = (1, 0)
        with torch.no_grad():
            module.weight.copy_(torch.from_numpy(next(weights).transpose(order).copy()))
            module.bias.copy_(torch.from_numpy(next(biases)))
        modules.append(module)
        if index < len(plan) - 1:
            modules.append(ACTIVATIONS[task["config"]["activation"]]())
    # Its convolutions are quicker so than with a plane for each channel.
    return nn.Sequential(*modules).to(memory_format=torch.channels_last)


def train(task, options):
    x = torch.from_numpy(read_images(task, "train") * SCALE)
    labels = torch.from_numpy(read_labels(task, "train").astype(np.int64))
    batches = torch.from_numpy(read_batches(task))
    steps = options["steps"]
    advance(task, x, labels, batches[: min(task["warmup"], steps)], network_of(task))
    network = network_of(task)
    seconds = advance(task, x, labels, batches[:steps], network)
    return {"timings": {"training": seconds}, **score(task, predictor(task, network))}


def advance(task, x, labels, batches, network):
    optimizer = torch.optim.SGD(network.parameters(), task["config"]["learningRate"])
    loss = nn.CrossEntropyLoss()
    start = time.perf_counter()
    for batch in batches:
        optimizer.zero_grad(set_to_none=True)
        loss(network(x[batch]), labels[batch]).backward()
        optimizer.step()
    return time.perf_counter() - start


def predictor(task, network):
    """What answers probabilities for inputs of any number of rows, as arrays."""

    def predict(x):
        with torch.inference_mode():
            blocks = torch.as_tensor(x).split(rows_at_once(task, len(x)))
            return torch.cat([network(block).softmax(1) for block in blocks]).numpy()

    return predict


def infer(task, _options):
    images = read_images(task, "t10k")
    predict = predictor(task, network_of(task))

    def answer(some, placed):
        return predict(torch.from_numpy(some).to(torch.float32).mul_(float(SCALE)) if placed is None else placed)

    return {
        "timings": time_inference(task, images, torch.from_numpy(images * SCALE), answer),
        **score(task, predict),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
