"""Cholesky factorisation of the block-banded part: 49 x 49 blocks coupled over two frames.

Pairs of frames form superblocks, which makes the matrix block-tridiagonal; then
D_k = A_k - E_k E_k^T,  L_k = chol(D_k),  E_(k+1) = B_k^T L_k^-T  (Golub & Van Loan 4.5).
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg.blas import dsyrk, dtrsm
from scipy.linalg.lapack import dpotrf

from borelli.fitting.normal import Normal


class NotPositiveDefinite(ArithmeticError):
    """The damped normal matrix could not be factorised: more damping is needed."""


@dataclass(frozen=True)
class Factor:
    """L with L L^T = A, in superblocks of m unknowns."""

    diagonal: list[np.ndarray]
    """K lower-triangular (m, m)."""
    below: list[np.ndarray]
    """K - 1 blocks (m, m) under the diagonal."""
    frames: int
    n: int

    def solve(self, rhs: np.ndarray) -> np.ndarray:
        """A^-1 rhs for rhs (T, n, k)."""
        blocks = _superblocks(rhs)
        for k, L in enumerate(self.diagonal):
            if k:
                blocks[k] -= self.below[k - 1] @ blocks[k - 1]
            blocks[k] = dtrsm(1.0, L, blocks[k], lower=1)
        for k in reversed(range(len(self.diagonal))):
            if k + 1 < len(self.diagonal):
                blocks[k] -= self.below[k].T @ blocks[k + 1]
            blocks[k] = dtrsm(1.0, self.diagonal[k], blocks[k], lower=1, trans_a=1)
        return np.concatenate(blocks).reshape(-1, self.n, rhs.shape[2])[: self.frames]

    def inverse_diagonal_blocks(self) -> np.ndarray:
        """Diagonal (T, n, n) blocks of A^-1 by the backward recursion of selected inversion."""
        m = self.diagonal[0].shape[0]
        S_next: np.ndarray | None = None
        found = []
        for k in reversed(range(len(self.diagonal))):
            Linv = dtrsm(1.0, self.diagonal[k], np.eye(m), lower=1)
            S = Linv.T @ Linv
            if S_next is not None:
                G = self.below[k] @ Linv
                S = S + G.T @ S_next @ G
            found.append(S)
            S_next = S
        n = self.n
        blocks = [part for S in reversed(found) for part in (S[:n, :n], S[n:, n:])]
        return np.array(blocks[: self.frames])


def factorise(normal: Normal, damping: float) -> Factor:
    """Factor of the damped time part of the normal equations.

    Raises:
        NotPositiveDefinite: when rounding or too little evidence makes the matrix indefinite.
    """
    frames, n = normal.b.shape
    H0 = normal.H0.copy()
    index = np.arange(n)
    H0[:, index, index] += damping * np.maximum(H0[:, index, index], 1.0)
    pairs, m = (frames + 1) // 2, 2 * n
    A = np.zeros((pairs, m, m))
    A[:, :n, :n] = H0[0::2]
    A[: frames // 2, n:, n:] = H0[1::2]
    A[: frames // 2, :n, n:] = normal.H1[0::2]
    A[: frames // 2, n:, :n] = normal.H1[0::2].transpose(0, 2, 1)
    if frames % 2:
        A[-1, n:, n:] = np.eye(n)
    B = np.zeros((pairs - 1, m, m))
    B[: len(normal.H1[1::2]), n:, :n] = normal.H1[1::2]
    B[: len(normal.H2[0::2]), :n, :n] = normal.H2[0::2]
    B[: len(normal.H2[1::2]), n:, n:] = normal.H2[1::2]
    diagonal, below = [], []
    for k in range(pairs):
        # A[k].T is Fortran-ordered and equal to A[k]: LAPACK works on it without copying
        block = dsyrk(-1.0, below[-1], beta=1.0, c=A[k].T, lower=1, overwrite_c=1) if k else A[k].T
        L, info = dpotrf(block, lower=1, clean=1, overwrite_a=1)
        if info:
            raise NotPositiveDefinite
        diagonal.append(L)
        if k + 1 < pairs:
            below.append(dtrsm(1.0, L, B[k].T, side=1, lower=1, trans_a=1, overwrite_b=1))
    return Factor(diagonal, below, frames, n)


def _superblocks(rhs: np.ndarray) -> list[np.ndarray]:
    """(T, n, k) to a list of (2n, k), the last one padded with zeros."""
    frames, n, k = rhs.shape
    padded = np.concatenate([rhs, np.zeros((frames % 2, n, k))])
    return list(padded.reshape(-1, 2 * n, k))
