"""A listwise linear model: cases with candidates as rows of numbers, the loss of weights on them, and its minimum.

It needs numpy, which the benchmarks' peers bring along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np  # type: ignore[import-not-found]  # lives in an environment of its own

Array = Any
HISTORY, STEPS = 10, 300


@dataclass(frozen=True, kw_only=True)
class Case:
    """One instance: its candidates' features as rows, and which of them are gold."""

    id: str
    repo: str
    part: str
    names: Sequence[str]
    rows: Array
    gold: Array
    lost: int
    """Gold that is not among the candidates: no ranking can find it."""


class Listwise:
    """The loss of weights on cases, and its gradient; all cases in one matrix, each a stretch of its rows.

    The cross entropy of the softmax with the gold candidates. With `mild` q above 0 (1 - p^q) / q in its place, p being
    the probability of the gold, so that cases without hope do not decide: the generalised cross entropy of Zhang and
    Sabuncu (2018), section 3.2.
    """

    def __init__(self, cases: Sequence[Case], l2: float, mild: float = 0.0) -> None:
        usable = [case for case in cases if case.gold.sum() > 0]
        self.l2, self.mild, self.count = l2, mild, len(usable)
        self.rows = np.concatenate([case.rows for case in usable])
        self.aim = np.concatenate([case.gold / case.gold.sum() for case in usable])
        self.lengths = np.array([len(case.names) for case in usable])
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)[:-1]])

    def __call__(self, weights: Array) -> tuple[float, Array]:
        scores = self.rows @ weights
        scores -= np.repeat(np.maximum.reduceat(scores, self.starts), self.lengths)
        powers = np.exp(scores)
        sums = np.add.reduceat(powers, self.starts)
        likely = np.add.reduceat(self.aim * scores, self.starts) - np.log(sums)
        weight = np.exp(self.mild * likely)
        loss = ((1 - weight) / self.mild if self.mild else -likely).sum() / self.count
        off = powers / np.repeat(sums, self.lengths) - self.aim
        slope = self.rows.T @ (off * np.repeat(weight, self.lengths)) / self.count
        return float(loss + self.l2 * (weights @ weights) / 2), slope + self.l2 * weights


def fitted(cases: Sequence[Case], within: tuple[Array, Array], l2: float, mild: float = 0.0) -> Array:
    """The weights of least loss. The mild loss has many minima; the one is taken that the cross entropy's leads to."""
    weights = minimise(Listwise(cases, l2), *within, np.zeros(len(within[0])))
    return minimise(Listwise(cases, l2, mild), *within, weights) if mild else weights


def minimise(loss: Listwise, low: Array, high: Array, start: Array) -> Array:
    """The weights of a least loss between their bounds: L-BFGS over those that are not held by one, with backtracking.
    The cross entropy is convex, so that any descent leads to its one minimum."""
    weights = np.clip(start, low, high)
    value, slope = loss(weights)
    moves: list[tuple[Array, Array]] = []
    for _ in range(STEPS):
        free = ~(((weights <= low) & (slope > 0)) | ((weights >= high) & (slope < 0)))
        if not free.any() or float(np.abs(slope[free]).max()) < 1e-5:
            break
        direction = np.where(free, -_times_inverse(np.where(free, slope, 0.0), moves), 0.0)
        if float(direction @ slope) >= 0:
            moves, direction = [], np.where(free, -slope, 0.0)
        step = 1.0
        while True:
            after = np.clip(weights + step * direction, low, high)
            new, turned = loss(after)
            if new <= value + 1e-4 * float(slope @ (after - weights)) or step < 1e-8:
                break
            step /= 2
        moved, bent = after - weights, turned - slope
        if float(moved @ bent) > 1e-12:
            moves = [*moves[1 - HISTORY :], (moved, bent)]
        elif step < 1e-8 and not moves:
            break
        else:
            moves = []
        weights, value, slope = after, new, turned
    return weights


def _times_inverse(slope: Array, moves: Sequence[tuple[Array, Array]]) -> Array:
    """The slope times the inverse of the curvature that the last moves showed."""
    turned = slope.copy()
    shares = []
    for moved, bent in reversed(moves):
        share = (moved @ turned) / (moved @ bent)
        turned = turned - share * bent
        shares.append(share)
    if moves:
        moved, bent = moves[-1]
        turned = turned * ((moved @ bent) / (bent @ bent))
    for (moved, bent), share in zip(moves, reversed(shares), strict=True):
        turned = turned + moved * (share - (bent @ turned) / (moved @ bent))
    return turned
