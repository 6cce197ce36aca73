"""Networks of pictures by im2col: arrays allocated once and reused, the matrix products by NumPy's BLAS.

Pictures are [rows, height, width, channels]. Layers are those of the task's plan: convolutions of stride 1, max pools whose
windows lie beside each other, dense layers; ReLU after all but the last.
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided


class ConvNetwork:
    def __init__(self, plan, parameters, rows):
        weights, biases = (iter(each) for each in parameters)
        self.layers = []
        for index, layer in enumerate(plan):
            is_last = index == len(plan) - 1
            if layer["kind"] == "convolution":
                self.layers.append(Convolution(layer, next(weights), next(biases), rows, index == 0))
            elif layer["kind"] == "dense":
                self.layers.append(Dense(next(weights), next(biases), rows, index == 0, is_last))
            else:
                self.layers.append(MaxPool(layer, rows))

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        x -= x.max(axis=1, keepdims=True)
        np.exp(x, out=x)
        x /= x.sum(axis=1, keepdims=True)
        return x

    def step(self, x, target, learning_rate):
        """One step of gradient descent; the rate is folded into the output's delta, so gradients come out scaled."""
        delta = self.forward(x) - target
        delta *= np.float32(learning_rate / len(x))
        for layer in reversed(self.layers):
            delta = layer.backward(delta)


class Product:
    """z = x·W + b, then ReLU but for the last layer."""

    def __init__(self, weights, bias, rows, is_first, is_last):
        # A view: what is learned stays in the array that was given.
        self.weights, self.bias = weights.reshape(-1, len(bias)), bias
        self.is_first, self.is_last = is_first, is_last
        self.z = np.empty((rows, len(bias)), np.float32)
        self.slope = np.empty_like(self.z)
        self.gradient = np.empty_like(self.weights)
        self.bias_gradient = np.empty_like(bias)
        self.ones = np.ones(rows, np.float32)
        self.below = None if is_first else np.empty((rows, len(self.weights)), np.float32)

    def product(self, x):
        self.x = x
        np.dot(x, self.weights, out=self.z)
        np.add(self.z, self.bias, out=self.z)
        if not self.is_last:
            np.maximum(self.z, np.float32(0), out=self.z)
        return self.z

    def back(self, delta):
        """What arrives at x, before the parameters take their step."""
        if not self.is_last:
            np.multiply(delta, np.sign(self.z, out=self.slope), out=delta)
        np.dot(self.x.T, delta, out=self.gradient)
        np.dot(self.ones, delta, out=self.bias_gradient)
        if not self.is_first:
            np.dot(delta, self.weights.T, out=self.below)
        np.subtract(self.weights, self.gradient, out=self.weights)
        np.subtract(self.bias, self.bias_gradient, out=self.bias)
        return self.below


class Dense(Product):
    def forward(self, x):
        self.shape = x.shape
        return self.product(x.reshape(len(x), -1))

    def backward(self, delta):
        below = self.back(delta)
        return None if below is None else below.reshape(self.shape)


class Convolution(Product):
    def __init__(self, layer, weights, bias, rows, is_first):
        self.height, self.width, channels = layer["input"]
        places = layer["places"]
        self.top, self.left = places["top"], places["left"]
        self.output = (rows, *layer["output"])
        window = (places["height"], places["width"])
        super().__init__(weights, bias, rows * places["rows"] * places["columns"], is_first, False)
        frame = (places["rows"] + window[0] - 1, places["columns"] + window[1] - 1)
        self.padded = np.zeros((rows, *frame, channels), np.float32)
        self.padded_delta = np.empty_like(self.padded)
        row, line, pixel, channel = self.padded.strides
        self.shape = (rows, places["rows"], places["columns"], *window, channels)
        self.windows = as_strided(self.padded, self.shape, (row, line, pixel, line, pixel, channel))
        self.columns = np.empty(self.shape, np.float32)

    def inside(self, padded):
        return padded[:, self.top : self.top + self.height, self.left : self.left + self.width]

    def forward(self, x):
        pixels = self.inside(self.padded)
        np.copyto(pixels, x.reshape(pixels.shape))
        np.copyto(self.columns, self.windows)
        return self.product(self.columns.reshape(len(self.z), -1)).reshape(self.output)

    def backward(self, delta):
        below = self.back(delta.reshape(self.z.shape))
        if below is None:
            return None
        _, down, across, height, width, _ = self.shape
        columns = below.reshape(self.shape)
        self.padded_delta.fill(0)
        for i in range(height):
            for j in range(width):
                self.padded_delta[:, i : i + down, j : j + across] += columns[:, :, :, i, j]
        return self.inside(self.padded_delta)


class MaxPool:
    def __init__(self, layer, rows):
        places = layer["places"]
        self.window = (places["height"], places["width"])
        self.down, self.across = places["rows"] * self.window[0], places["columns"] * self.window[1]
        self.out = np.empty((rows, *layer["output"]), np.float32)
        self.below = np.zeros((rows, *layer["input"]), np.float32)

    def pixels(self, pictures):
        """The first pixel of all windows, the second, …"""
        height, width = self.window
        return [
            pictures[:, i : self.down : height, j : self.across : width] for i in range(height) for j in range(width)
        ]

    def forward(self, x):
        self.x = x
        first, *others = self.pixels(x)
        np.copyto(self.out, first)
        for other in others:
            np.maximum(self.out, other, out=self.out)
        return self.out

    def backward(self, delta):
        free = np.ones(self.out.shape, bool)
        for x, below in zip(self.pixels(self.x), self.pixels(self.below)):
            is_it = np.equal(x, self.out)
            is_it &= free
            free ^= is_it
            np.multiply(delta, is_it, out=below)
        return self.below
