"""Products of sparse Jacobian rows added to the blocks of the normal equations, compiled; see `normal`.

A row has few entries: the hinges between a point and the pelvis. Each is multiplied with those before it,
into the lower triangle of one small matrix per frame, which is then spread over the blocks.
"""

import numpy as np
from numba import njit


@njit(cache=True)
def add_frames(J, residual, weight, H0, C, D, b, d):  # type: ignore[no-untyped-def]
    """Rows J (T, M, k, n + g) of single frames with residuals (T, M, k), weighted by (T, M)."""
    frames, count, rows, columns = J.shape
    n = b.shape[1]
    gram, slope, row = np.empty((columns, columns)), np.empty(columns), np.empty(columns)
    for t in range(frames):
        _clear(gram, slope)
        for m in range(count):
            w = weight[t, m]
            for i in range(rows):
                for j in range(columns):
                    row[j] = w * J[t, m, i, j]
                _add(gram, slope, row, w * residual[t, m, i])
        _add_block(gram, slope, 0, H0[t], b[t])
        _add_block(gram, slope, n, D, d)
        _add_beside(gram, n, 0, C[t])


@njit(cache=True)
def add_neighbours(J0, J1, residual, weight, H0, H1, C, D, b, d):  # type: ignore[no-untyped-def]
    """The same between frames t and t + 1: J0 and J1 (T-1, M, k, n + g) by each of them."""
    frames, count, rows, columns = J0.shape
    n = b.shape[1]
    g = columns - n
    gram, slope, row = np.empty((n + columns, n + columns)), np.empty(n + columns), np.empty(n + columns)
    for t in range(frames):
        _clear(gram, slope)
        for m in range(count):
            w = weight[t, m]
            for i in range(rows):
                for j in range(n):
                    row[j], row[n + j] = w * J0[t, m, i, j], w * J1[t, m, i, j]
                for j in range(g):
                    row[2 * n + j] = w * (J0[t, m, i, n + j] + J1[t, m, i, n + j])
                _add(gram, slope, row, w * residual[t, m, i])
        for k in range(2):
            _add_block(gram, slope, k * n, H0[t + k], b[t + k])
            _add_beside(gram, 2 * n, k * n, C[t + k])
        _add_beside(gram, n, 0, H1[t])
        _add_block(gram, slope, 2 * n, D, d)


@njit(cache=True)
def add_three(J, residual, at, H0, H1, H2, b):  # type: ignore[no-untyped-def]
    """Rows J (3, N, M, n) by the frames before, at and after `at` (N,) with residuals (N, M)."""
    _, count, rows, n = J.shape
    gram, slope, row = np.empty((3 * n, 3 * n)), np.empty(3 * n), np.empty(3 * n)
    for s in range(count):
        _clear(gram, slope)
        for i in range(rows):
            for k in range(3):
                for j in range(n):
                    row[k * n + j] = J[k, s, i, j]
            _add(gram, slope, row, residual[s, i])
        t = at[s] - 1
        for k in range(3):
            _add_block(gram, slope, k * n, H0[t + k], b[t + k])
        for k in range(2):
            _add_beside(gram, (k + 1) * n, k * n, H1[t + k])
        _add_beside(gram, 2 * n, 0, H2[t])


@njit(cache=True)
def _add(gram, slope, row, residual):  # type: ignore[no-untyped-def]
    """Lower triangle of x x^T, and x r, for one row x (S,)."""
    for a in range(len(row)):
        x = row[a]
        if x != 0.0:
            slope[a] += x * residual
            for c in range(a + 1):
                gram[a, c] += x * row[c]


@njit(cache=True)
def _clear(gram, slope):  # type: ignore[no-untyped-def]
    """Set both to zero; loops, because array expressions take seconds to compile."""
    for i in range(len(slope)):
        slope[i] = 0.0
        for j in range(len(slope)):
            gram[i, j] = 0.0


@njit(cache=True)
def _add_block(gram, slope, first, H, b):  # type: ignore[no-untyped-def]
    """The symmetric block that begins at `first` to H (m, m), and its gradient to b (m,)."""
    for i in range(len(b)):
        b[i] += slope[first + i]
        for j in range(i):
            H[i, j] += gram[first + i, first + j]
            H[j, i] += gram[first + i, first + j]
        H[i, i] += gram[first + i, first + i]


@njit(cache=True)
def _add_beside(gram, first, beside, H):  # type: ignore[no-untyped-def]
    """The block of the rows from `first` and the columns from `beside`, transposed, to H (m, k)."""
    for j in range(H.shape[1]):
        for i in range(H.shape[0]):
            H[i, j] += gram[first + j, beside + i]
