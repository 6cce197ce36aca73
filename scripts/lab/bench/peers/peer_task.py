"""What the competitors in Python have in common; scripts/lab/bench/task.ts says what they are asked and answer."""

import json
import os
import time

import numpy as np

SCALE = np.float32(1 / 255)


def read_command(arguments):
    folder, options = arguments
    with open(os.path.join(folder, "task.json"), encoding="utf-8") as file:
        return json.load(file), json.loads(options)


def read_images(task, split):
    path = os.path.join(task["mnist"], split + "-images-idx3-ubyte")
    return np.fromfile(path, np.uint8, offset=16).reshape(-1, task["plan"][0]["inputs"])


def read_labels(task, split):
    return np.fromfile(os.path.join(task["mnist"], split + "-labels-idx1-ubyte"), np.uint8, offset=8)


def read_batches(task):
    """[steps, batch size]"""
    return np.fromfile(task["batches"], np.uint32).astype(np.intp).reshape(-1, task["config"]["batchSize"])


def read_parameters(task):
    """W and b of each layer that has them, W in the shape that files have."""
    values = np.fromfile(task["weights"], np.float32)
    weights, biases, at = [], [], 0
    for layer in task["plan"]:
        if "tensor" not in layer:
            continue
        shape = layer["tensor"]
        size = int(np.prod(shape))
        weights.append(values[at : at + size].reshape(shape).copy())
        at += size
        biases.append(values[at : at + shape[-1]].copy())
        at += shape[-1]
    return weights, biases


def rows_at_once(task, rows):
    """Networks of pictures take many images in blocks, as what is between their layers is large."""
    return min(rows, 250) if any(layer["kind"] == "convolution" for layer in task["plan"]) else rows


def time_inference(task, images, placed, predict):
    """Seconds per call of each metric. predict(images, placed): both None but one, bytes or what was placed."""
    calls = task["calls"]
    return {
        "single": per_call(calls["single"], lambda n: predict(images[n % len(images)][None], None)),
        "hundred": per_call(-(-calls["single"] // 10), lambda n: predict(images[n % 100 * 100 :][:100], None)),
        "batch": per_call(calls["batch"], lambda _: predict(None, placed)),
        "batchFromBytes": per_call(calls["batch"], lambda _: predict(images, None)),
    }


def per_call(most, call):
    """Seconds per call, after a tenth of the calls untimed."""
    call_repeatedly(-(-most // 10), call)
    seconds, calls = call_repeatedly(most, call)
    return seconds / calls


def call_repeatedly(most, call):
    """As many calls as asked for, or as fit into two seconds."""
    calls, elapsed, start = 0, 0, time.perf_counter()
    while calls < most and elapsed < 2:
        call(calls)
        calls += 1
        elapsed = time.perf_counter() - start
    return elapsed, calls


def score(task, predict):
    """Mean cross-entropy and accuracy on the first test images. predict(inputs) gives probabilities."""
    scored = task["scored"]
    labels = read_labels(task, "t10k")[:scored]
    y = predict(read_images(task, "t10k")[:scored] * SCALE)
    own = y[np.arange(scored), labels].astype(np.float64)
    return {
        "loss": float(-np.log(np.maximum(own, 1e-30)).mean()),
        "accuracy": float((y.argmax(axis=1) == labels).mean()),
    }
