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

from numpy_conv import ConvNetwork
from numpy_dense import Network
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


def main(arguments):
    if arguments == ["probe"]:
        print(json.dumps({**versions(), "beyondAvx2": " ".join(beyond_avx2())}))
    elif arguments[0] == "seeds":
        print(json.dumps(train_seeds(*read_command(arguments[1:]))))
    else:
        task, options = read_command(arguments)
        run = train if task["kind"] == "training" else infer
        print(json.dumps({**run(task, options), "versions": versions()}))


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


def beyond_avx2():
    """Features that NumPy has code for and that take vectors of more than 256 bits; NPY_DISABLE_CPU_FEATURES takes them."""
    core = np._core if hasattr(np, "_core") else np.core
    return [name for name in core._multiarray_umath.__cpu_dispatch__ if name.startswith("AVX512") or name == "X86_V4"]


# Training


def network_of(task, parameters, rows):
    """With buffers for a fixed number of rows."""
    plan = task["plan"]
    if all(layer["kind"] == "dense" for layer in plan):
        return Network(task["config"]["layers"], task["config"]["activation"], parameters, rows)
    return ConvNetwork(plan, parameters, rows)


def train(task, options):
    x, target = read_split(task, "train")
    batches = read_batches(task)
    steps = options["steps"]
    advance(task, x, target, batches[: min(task["warmup"], steps)], read_parameters(task))
    parameters = read_parameters(task)
    seconds = advance(task, x, target, batches[:steps], parameters)
    return {"timings": {"training": seconds}, **score(task, predictor(task, parameters))}


def advance(task, x, target, batches, parameters):
    """Trains the parameters, in place, and answers the seconds that it took."""
    rows = batches.shape[1]
    network = network_of(task, parameters, rows)
    x_batch = np.empty((rows, x.shape[1]), np.float32)
    target_batch = np.empty((rows, target.shape[1]), np.float32)
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
        accuracies.append(score(task, predictor(task, parameters))["accuracy"])
    return {"accuracies": accuracies, "versions": versions()}


def read_split(task, split):
    """Dense inputs, and one-hot targets."""
    targets = np.eye(task["plan"][-1]["outputs"], dtype=np.float32)
    return read_images(task, split) * SCALE, targets[read_labels(task, split)]


# Inference


def predictor(task, parameters):
    """What answers probabilities for inputs of any number of rows."""
    networks = {}

    def predict(x):
        rows = rows_at_once(task, len(x))
        if rows not in networks:
            networks[rows] = network_of(task, parameters, rows)
        if rows == len(x):
            return networks[rows].forward(x)
        return np.concatenate([networks[rows].forward(x[at : at + rows]).copy() for at in range(0, len(x), rows)])

    return predict


def infer(task, _options):
    images = read_images(task, "t10k")
    predict = predictor(task, read_parameters(task))
    inputs = {rows: np.empty((rows, images.shape[1]), np.float32) for rows in (1, 100, len(images))}

    def answer(some, placed):
        if placed is not None:
            return predict(placed)
        x = inputs[len(some)]
        np.multiply(some, SCALE, out=x)
        return predict(x)

    return {"timings": time_inference(task, images, images * SCALE, answer), **score(task, predict)}


if __name__ == "__main__":
    # A large negative input to sigmoid is e^large = inf, and its reciprocal the right 0.
    np.seterr(over="ignore")
    main(sys.argv[1:])
