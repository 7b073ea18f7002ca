"""Invented articles and systems whose true figures are known, from which runs are drawn.

Every value that gold has is answered by a latent normal number: below a first threshold it is correct, then partial,
incorrect, missing. The number is a sum of parts that articles, incidents, values, systems and single requests have in
common, so that answers depend on each other as they do in real runs, and yet each outcome has its stated probability.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
SPURIOUS_SLOTS = 3


@dataclass(frozen=True)
class System:
    """What a system does with the values of gold.

    Attributes:
        correct, partial, missing: probabilities for a value of gold; what is left is incorrect.
        spurious: expected number for each value of gold.
    """

    correct: float
    partial: float
    missing: float
    spurious: float

    @classmethod
    def of_quality(cls, f1: float, *, partial: float = 0.06, missing: float = 0.5, spurious: float = 0.5) -> "System":
        """The system with a true F1; `missing` and `spurious` as shares of the values that are not answered well."""
        more = spurious - missing
        partial = min(partial, 2 * (1 - f1))
        correct = (f1 * (2 + more * (1 - partial)) - partial) / (2 + f1 * more)
        rest = 1 - correct - partial
        return cls(correct, partial, missing * rest, spurious * rest)

    @property
    def figures(self) -> dict[str, float]:
        """True micro figures."""
        earned, actual = self.correct + self.partial / 2, 1 - self.missing + self.spurious
        return {
            "precision": earned / actual,
            "recall": earned,
            "f1": 2 * earned / (1 + actual),
            "strict_precision": self.correct / actual,
            "strict_recall": self.correct,
            "strict_f1": 2 * self.correct / (1 + actual),
        }


@dataclass(frozen=True)
class Population:
    """Articles, and how much of the latent variance (1 in all) is common to what; the rest is each request's own.

    Attributes:
        events: probabilities of 0, 1, 2 ... events in an article.
        fill: probability that an event has a value of the field.
        incident, article: difficulty common to all values of an incident's articles, or of an article, for all systems.
        value: difficulty of one value, for all systems.
        system: what one system does with a value in all its repeats.
        sizes: of the incidents, in articles, taken in turn.
    """

    events: tuple[float, ...] = (0.12, 0.38, 0.22, 0.13, 0.09, 0.06)
    fill: float = 1.0
    incident: float = 0.0
    article: float = 0.3
    value: float = 0.3
    system: float = 0.25
    sizes: tuple[int, ...] = (1,)

    def clusters(self, articles: int) -> list[int]:
        """The incident of each article."""
        labels: list[int] = []
        while len(labels) < articles:
            incident = labels[-1] + 1 if labels else 0
            labels += [incident] * self.sizes[incident % len(self.sizes)]
        return labels[:articles]

    def draw(
        self, systems: tuple[System, ...], *, articles: int, simulations: int, repeats: int, rng: np.random.Generator
    ) -> Floats:
        """Counts of shape (systems, repeats, articles, simulations, 5): each simulation looks like a field."""
        most = len(self.events) - 1
        events = rng.choice(most + 1, size=(articles, simulations), p=self.events)
        filled = (np.arange(most) < events[..., None]) & (rng.random((articles, simulations, most)) < self.fill)
        expected = self.fill * float(np.dot(self.events, range(most + 1)))
        labels = np.array(self.clusters(articles))
        incident = rng.standard_normal((labels.max() + 1, simulations, 1))[labels]
        difficulty = np.sqrt(self.incident) * incident
        difficulty = difficulty + np.sqrt(self.article) * rng.standard_normal((articles, simulations, 1))
        slots = most + SPURIOUS_SLOTS
        common = difficulty + np.sqrt(self.value) * rng.standard_normal((articles, simulations, slots))
        own = 1 - self.incident - self.article - self.value - self.system
        counts = np.empty((len(systems), repeats, articles, simulations, 5))
        for s, system in enumerate(systems):
            lasting = common + np.sqrt(self.system) * rng.standard_normal(common.shape)
            thresholds = ndtri(
                np.clip(
                    np.cumsum([system.correct, system.partial, 1 - system.correct - system.partial - system.missing]),
                    0,
                    1,
                )
            )
            spurious = ndtri(1 - system.spurious * expected / SPURIOUS_SLOTS)
            for r in range(repeats):
                latent = lasting + np.sqrt(own) * rng.standard_normal(common.shape)
                outcome = (latent[..., :most, None] > thresholds).sum(axis=-1)
                for j in range(4):
                    counts[s, r, ..., j] = ((outcome == j) & filled).sum(axis=-1)
                counts[s, r, ..., 4] = (latent[..., most:] > spurious).sum(axis=-1)
        return counts


def generator(*seed: Any) -> np.random.Generator:
    """A generator of its own for every part of every simulation."""
    return np.random.default_rng([int(part) for part in seed])
