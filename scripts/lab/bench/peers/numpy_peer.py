"""NumPy's side of `npm run bench`: float32, arrays allocated once and reused, the matrix products by its BLAS.

numpy_peer.py probe                    which NumPy and which BLAS these are, as JSON
numpy_peer.py FOLDER OPTIONS           the task in FOLDER; scripts/lab/bench/task.ts says what is asked and answered
numpy_peer.py seeds FOLDER OPTIONS     the task with weights and batches of NumPy's own generator, once per seed
"""

import ctypes
import glob
import json
import os
import platform
import sys
import time

import numpy as np

SCALE = np.float32(1 / 255)


def main(arguments):
    if arguments == ["probe"]:
        print(json.dumps(versions()))
    elif arguments[0] == "seeds":
        print(json.dumps(train_seeds(*read_command(arguments[1:]))))
    else:
        task, options = read_command(arguments)
        run = train if task["kind"] == "training" else infer
        print(json.dumps({**run(task, options), "versions": versions()}))


def read_command(arguments):
    folder, options = arguments
    with open(os.path.join(folder, "task.json"), encoding="utf-8") as file:
        return json.load(file), json.loads(options)


# What runs


def versions():
    blas = openblas()
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        **({} if blas is None else blas),
    }


def openblas():
    """OpenBLAS's own word on its version, and on the kernels and threads in use; None when NumPy doesn't use it."""
    for path in openblas_libraries():
        library = ctypes.CDLL(path)
        for prefix, suffix in [("scipy_", "64_"), ("scipy_", ""), ("", "64_"), ("", "")]:
            try:
                config = getattr(library, f"{prefix}openblas_get_config{suffix}")
                core = getattr(library, f"{prefix}openblas_get_corename{suffix}")
                threads = getattr(library, f"{prefix}openblas_get_num_threads{suffix}")
            except AttributeError:
                continue
            config.restype = core.restype = ctypes.c_char_p
            return {
                "openblas": " ".join(config().decode().split()[1:2]),
                "kernels": core().decode(),
                "threads": str(threads()),
            }
    return None


def openblas_libraries():
    """Those that this process has loaded; where that can't be asked, those that came with NumPy."""
    try:
        with open("/proc/self/maps", encoding="utf-8") as file:
            paths = {line.split()[-1] for line in file}
    except FileNotFoundError:
        package = os.path.dirname(np.__file__)
        paths = glob.glob(package + "/.dylibs/*") + glob.glob(package + "/../numpy.libs/*")
    return sorted(path for path in paths if "openblas" in os.path.basename(path))


# The network


class Network:
    """Dense layers with buffers for a fixed number of rows."""

    def __init__(self, layers, activation, parameters, rows):
        self.activate, self.slope = {"sigmoid": (sigmoid, sigmoid_slope), "relu": (relu, relu_slope)}[activation]
        self.weights, self.biases = parameters
        self.values = [np.empty((rows, n), np.float32) for n in layers[1:]]
        self.deltas = [np.empty((rows, n), np.float32) for n in layers[1:]]
        self.slopes = [np.empty((rows, n), np.float32) for n in layers[1:-1]]
        self.gradients = [np.empty_like(w) for w in self.weights]
        self.bias_gradients = [np.empty_like(b) for b in self.biases]
        self.largest = np.empty((rows, 1), np.float32)
        self.ones = np.ones(rows, np.float32)

    def forward(self, x):
        last = len(self.weights) - 1
        for index, (w, b, z) in enumerate(zip(self.weights, self.biases, self.values)):
            np.dot(x, w, out=z)
            np.add(z, b, out=z)
            if index < last:
                self.activate(z)
            x = z
        np.maximum.reduce(x, axis=1, out=self.largest, keepdims=True)
        np.subtract(x, self.largest, out=x)
        np.exp(x, out=x)
        np.add.reduce(x, axis=1, out=self.largest, keepdims=True)
        np.divide(x, self.largest, out=x)
        return x

    def step(self, x, target, learning_rate):
        """One step of gradient descent; the rate is folded into the output's delta, so gradients come out scaled."""
        y = self.forward(x)
        delta = self.deltas[-1]
        np.subtract(y, target, out=delta)
        np.multiply(delta, np.float32(learning_rate / len(x)), out=delta)
        for index in range(len(self.weights) - 1, -1, -1):
            below = x if index == 0 else self.values[index - 1]
            np.dot(below.T, delta, out=self.gradients[index])
            np.dot(self.ones, delta, out=self.bias_gradients[index])
            if index > 0:
                slope = self.slope(below, self.slopes[index - 1])
                np.dot(delta, self.weights[index].T, out=self.deltas[index - 1])
                delta = self.deltas[index - 1]
                np.multiply(delta, slope, out=delta)
            np.subtract(self.weights[index], self.gradients[index], out=self.weights[index])
            np.subtract(self.biases[index], self.bias_gradients[index], out=self.biases[index])


def sigmoid(z):
    np.negative(z, out=z)
    np.exp(z, out=z)
    np.add(z, np.float32(1), out=z)
    np.reciprocal(z, out=z)


def sigmoid_slope(a, out):
    np.subtract(np.float32(1), a, out=out)
    return np.multiply(out, a, out=out)


def relu(z):
    np.maximum(z, np.float32(0), out=z)


def relu_slope(a, out):
    return np.sign(a, out=out)


# Training


def train(task, options):
    x, target = read_split(task, "train")
    batches = np.fromfile(task["batches"], np.uint32).astype(np.intp).reshape(-1, task["config"]["batchSize"])
    steps = options["steps"]
    advance(task, x, target, batches[: min(task["warmup"], steps)], read_parameters(task))
    parameters = read_parameters(task)
    seconds = advance(task, x, target, batches[:steps], parameters)
    return {"timings": {"training": seconds}, **score(task, parameters)}


def advance(task, x, target, batches, parameters):
    """Trains the parameters, in place, and answers the seconds that it took."""
    layers = task["config"]["layers"]
    rows = batches.shape[1]
    network = Network(layers, task["config"]["activation"], parameters, rows)
    x_batch = np.empty((rows, layers[0]), np.float32)
    target_batch = np.empty((rows, layers[-1]), np.float32)
    start = time.perf_counter()
    for batch in batches:
        # mode="clip" writes straight into `out`; all indices are valid.
        np.take(x, batch, axis=0, out=x_batch, mode="clip")
        np.take(target, batch, axis=0, out=target_batch, mode="clip")
        network.step(x_batch, target_batch, task["config"]["learningRate"])
    return time.perf_counter() - start


def train_seeds(task, options):
    x, target = read_split(task, "train")
    accuracies = []
    for seed in range(options["seeds"]):
        generator = np.random.default_rng(seed)
        shapes = list(zip(task["config"]["layers"], task["config"]["layers"][1:]))
        weights = [generator.normal(0, 0.01, shape).astype(np.float32) for shape in shapes]
        parameters = weights, [np.zeros(shape[1], np.float32) for shape in shapes]
        batches = generator.integers(0, len(x), (options["steps"], task["config"]["batchSize"]))
        advance(task, x, target, batches, parameters)
        accuracies.append(score(task, parameters)["accuracy"])
    return {"accuracies": accuracies, "versions": versions()}


# Inference


def infer(task, _options):
    parameters = read_parameters(task)
    images = read_images(task, "t10k")
    one = Network(task["config"]["layers"], task["config"]["activation"], parameters, 1)
    one_x = np.empty((1, task["config"]["layers"][0]), np.float32)
    many = Network(task["config"]["layers"], task["config"]["activation"], parameters, len(images))
    many_x = np.empty(images.shape, np.float32)
    placed = images * SCALE
    hundred = Network(task["config"]["layers"], task["config"]["activation"], parameters, 100)
    hundred_x = np.empty((100, images.shape[1]), np.float32)

    def single(n):
        np.multiply(images[n % len(images)], SCALE, out=one_x[0])
        return one.forward(one_x)

    def hundred_from_bytes(n):
        first = n % 100 * 100
        np.multiply(images[first : first + 100], SCALE, out=hundred_x)
        return hundred.forward(hundred_x)

    def batch_from_bytes(_):
        np.multiply(images, SCALE, out=many_x)
        return many.forward(many_x)

    calls = task["calls"]
    timings = {
        "single": per_call(calls["single"], single),
        "hundred": per_call(-(-calls["single"] // 10), hundred_from_bytes),
        "batch": per_call(calls["batch"], lambda _: many.forward(placed)),
        "batchFromBytes": per_call(calls["batch"], batch_from_bytes),
    }
    return {"timings": timings, **score(task, parameters)}


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


def score(task, parameters):
    """Mean cross-entropy and accuracy on the test images."""
    x = read_images(task, "t10k") * SCALE
    labels = read_labels(task, "t10k")
    y = Network(task["config"]["layers"], task["config"]["activation"], parameters, len(x)).forward(x)
    own = y[np.arange(len(x)), labels].astype(np.float64)
    return {
        "loss": float(-np.log(np.maximum(own, 1e-30)).mean()),
        "accuracy": float((y.argmax(axis=1) == labels).mean()),
    }


# Files


def read_images(task, split):
    path = os.path.join(task["mnist"], split + "-images-idx3-ubyte")
    return np.fromfile(path, np.uint8, offset=16).reshape(-1, task["config"]["layers"][0])


def read_labels(task, split):
    return np.fromfile(os.path.join(task["mnist"], split + "-labels-idx1-ubyte"), np.uint8, offset=8)


def read_split(task, split):
    """Dense inputs, and one-hot targets."""
    targets = np.eye(task["config"]["layers"][-1], dtype=np.float32)
    return read_images(task, split) * SCALE, targets[read_labels(task, split)]


def read_parameters(task):
    values = np.fromfile(task["weights"], np.float32)
    weights, biases, at = [], [], 0
    for inputs, outputs in zip(task["config"]["layers"], task["config"]["layers"][1:]):
        weights.append(values[at : at + inputs * outputs].reshape(inputs, outputs).copy())
        at += inputs * outputs
        biases.append(values[at : at + outputs].copy())
        at += outputs
    return weights, biases


if __name__ == "__main__":
    # A large negative input to sigmoid is e^large = inf, and its reciprocal the right 0.
    np.seterr(over="ignore")
    main(sys.argv[1:])
