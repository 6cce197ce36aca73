"""Networks of dense layers: arrays allocated once and reused, the matrix products by NumPy's BLAS."""

import numpy as np


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
