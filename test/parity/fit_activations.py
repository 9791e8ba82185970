#!/usr/bin/env python3
"""Fits the approximations of src/mlx/nn/approximations.ts and prints their coefficients and float32 errors.

usage: fit_activations.py

Needed on MLX's CPU backend only, whose exp and erf handle one number at a time. The loops are Lawson's: least squares
whose weights move to where the error is largest, which ends at the smallest maximum error.
"""

import math

import numpy as np

CLIP = 5.0


def fit_exp2(degree: int) -> np.ndarray:
    """2^f for f in [-1/2, 1/2], smallest relative error; coefficients from the highest power, the last one is 1."""
    f = np.cos(np.linspace(0, np.pi, 2001)) / 2
    target, weight = np.exp2(f), np.ones_like(f)
    powers = f[:, None] ** np.arange(degree, 0, -1)
    for _ in range(300):
        root = np.sqrt(weight) / target
        solution, *_ = np.linalg.lstsq(powers * root[:, None], (target - 1) * root, rcond=None)
        error = np.abs(powers @ solution + 1 - target) / target
        weight *= error
        weight /= weight.mean()
    return np.append(solution, 1.0)


def fit_gelu(over: int, under: int) -> tuple[np.ndarray, np.ndarray]:
    """R = P/Q of c² with gelu(x) = x (1/2 + c R(c²)), c = x clipped; Q's leading coefficient is 1."""
    x = CLIP * (1 - np.cos(np.linspace(0.002, np.pi, 4001))) / 2
    u = x * x
    cdf = np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in x])
    target = (cdf - 0.5) / x
    # The error of gelu is x·c times that of R. What is beyond the clip keeps the last value and grows with x.
    scale = u.copy()
    scale[x > CLIP - 0.05] *= 1.6
    weight, q = np.ones_like(x), np.ones_like(x)
    columns = np.hstack([u[:, None] ** np.arange(over, -1, -1), -target[:, None] * u[:, None] ** np.arange(under - 1, -1, -1)])
    for _ in range(600):
        root = np.sqrt(weight) * scale / q
        size = np.linalg.norm(columns * root[:, None], axis=0)
        solution, *_ = np.linalg.lstsq(columns * root[:, None] / size, target * u**under * root, rcond=None)
        solution /= size
        p, new_q = solution[: over + 1], np.append(1.0, solution[over + 1 :])
        q = np.abs(np.polyval(new_q, u))
        error = np.abs(np.polyval(p, u) / np.polyval(new_q, u) - target) * scale
        weight = weight * (error + 1e-3 * error.max())
        weight /= weight.mean()
    return p, new_q


def horner(coefficients: np.ndarray, at: np.ndarray) -> np.ndarray:
    value = np.full_like(at, np.float32(coefficients[0]))
    for coefficient in coefficients[1:]:
        value = value * at + np.float32(coefficient)
    return value


def main() -> None:
    exp2 = fit_exp2(5)
    f = np.linspace(-0.5, 0.5, 200_001, dtype=np.float32)
    error = np.abs(horner(exp2, f).astype(np.float64) / np.exp2(f.astype(np.float64)) - 1).max()
    print("EXP2 =", [float(np.float32(c)) for c in exp2], f"// relative error {error:.1e}")
    p, q = fit_gelu(4, 3)
    x = np.linspace(-9, 9, 400_001, dtype=np.float32)
    c = np.clip(x, -CLIP, CLIP)
    u = c * c
    ours = x * (c * (horner(p, u) / horner(q, u)) + np.float32(0.5))
    exact = np.array([v * 0.5 * math.erfc(-v / math.sqrt(2)) for v in x.astype(np.float64)])
    print("GELU_OVER =", [float(np.float32(v)) for v in p])
    print("GELU_UNDER =", [float(np.float32(v)) for v in q], f"// absolute error {np.abs(ours - exact).max():.1e}")


if __name__ == "__main__":
    main()
