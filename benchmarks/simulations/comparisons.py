"""How often comparisons give a verdict: of equal systems, of systems that differ by what is stated as detectable."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.simulations.population import Floats, Population, System, generator
from benchmarks.simulations.table import Observed
from evals.stats import Comparison, compare, repeat_noise

CHUNK = 250
RESAMPLES = 500
SIGNIFICANCE, POWER = 0.05, 0.8
EQUAL = (0.035, 0.065)
DETECTED = (0.75, 0.85)

ORDINARY = Population()


@dataclass(frozen=True)
class Setting:
    """Two systems run `repeats` times each on so many articles of a population."""

    name: str
    articles: int
    systems: tuple[System, System]
    population: Population = ORDINARY
    repeats: int = 1

    def with_difference(self, difference: float) -> "Setting":
        """The second system better than the first by a difference of true F1, both about as good as before."""
        middle = self.systems[0].figures["f1"]
        pair = (System.of_quality(middle - difference / 2), System.of_quality(middle + difference / 2))
        return Setting(self.name, self.articles, pair, self.population, self.repeats)

    def pairs(self, simulations: int, seed: int) -> Iterator[tuple[Floats, Floats]]:
        """Counts of both runs, (repeats, articles, CHUNK, 5), until there are enough."""
        for chunk in range(simulations // CHUNK):
            rng = generator(seed, chunk, self.articles, self.repeats)
            a, b = self.population.draw(
                self.systems, articles=self.articles, simulations=CHUNK, repeats=self.repeats, rng=rng
            )
            yield a, b

    def compared(self, simulations: int, seed: int) -> list[Comparison]:
        """One comparison a simulation, each a family of its own."""
        clusters = self.population.clusters(self.articles) if self.population.incident else None
        return [
            comparison
            for chunk, (a, b) in enumerate(self.pairs(simulations, seed))
            for comparison in compare(
                a, b, clusters=clusters, families=range(CHUNK), resamples=RESAMPLES, power=POWER, seed=chunk
            )
        ]


def equal(f1: float) -> tuple[System, System]:
    return System.of_quality(f1), System.of_quality(f1)


INCIDENTS = Population(incident=0.3, article=0.1, value=0.2, sizes=(1, 1, 2, 1, 4, 1, 3))
ALIKE = Population(value=0.64, system=0.03)
EQUALS = (
    Setting("48 articles, F1 0.7", 48, equal(0.7)),
    Setting("36 articles, F1 0.9", 36, equal(0.9)),
    Setting("60 articles, F1 0.8, alike in 4 of 5 values", 60, equal(0.8), Population(value=0.55, system=0.1)),
    Setting("60 articles, F1 0.6, 30% filled", 60, equal(0.6), Population(fill=0.3)),
    Setting(
        "48 articles, cautious against eager, F1 0.7",
        48,
        (System.of_quality(0.7, missing=0.8, spurious=0.2), System.of_quality(0.7, missing=0.2, spurious=0.9)),
    ),
    Setting("60 articles in 32 incidents, F1 0.7", 60, equal(0.7), INCIDENTS),
    Setting("48 articles, F1 0.7, 3 repeats", 48, equal(0.7), repeats=3),
    Setting("200 articles, F1 0.8", 200, equal(0.8)),
    Setting("60 articles, F1 0.8, alike in 5 of 6 values", 60, equal(0.8), ALIKE),
)
BETTERS = (
    Setting("48 articles, F1 0.7", 48, equal(0.7)),
    Setting("60 articles, F1 0.8, alike in 4 of 5 values", 60, equal(0.8), Population(value=0.55, system=0.1)),
    Setting("60 articles, F1 0.5, 30% filled", 60, equal(0.5), Population(fill=0.3)),
    Setting("60 articles in 32 incidents, F1 0.7", 60, equal(0.7), INCIDENTS),
    Setting("48 articles, F1 0.7, 3 repeats", 48, equal(0.7), repeats=3),
    Setting("200 articles, F1 0.8", 200, equal(0.8)),
    Setting("60 articles, F1 0.8, alike in 5 of 6 values", 60, equal(0.8), ALIKE),
)


def told_apart(comparisons: Sequence[Comparison]) -> list[bool]:
    return [comparison.verdict != "cannot tell" for comparison in comparisons]


def found_better(comparisons: Sequence[Comparison]) -> list[bool]:
    return [comparison.verdict == "better" for comparison in comparisons]


def stated(setting: Setting, difference: float, simulations: int) -> float:
    """The mean of the smallest detectable differences that are stated of pairs with a true difference."""
    seen = setting.with_difference(difference).compared(simulations, seed=7)
    return float(np.mean([comparison.detectable for comparison in seen]))


def detectable(setting: Setting, simulations: int) -> tuple[float, float]:
    """What is stated of equal runs, and the difference that is stated of runs that differ by just that."""
    from_equals = stated(setting, 0.0, simulations)
    difference = from_equals
    for _ in range(3):
        difference = stated(setting, difference, simulations)
    return from_equals, difference


def any_field(simulations: int, *, fields: int = 20, articles: int = 48) -> list[bool]:
    """Whether equal runs are told apart in any of many fields."""
    setting = Setting("", articles, equal(0.7))
    hits = []
    for a, b in setting.pairs(simulations * fields // CHUNK * CHUNK, seed=8):
        for first in range(0, CHUNK - fields + 1, fields):
            columns = slice(first, first + fields)
            hits.append(any(told_apart(compare(a[:, :, columns], b[:, :, columns], resamples=2, seed=first))))
    return hits


def within_noise(simulations: int, repeats: int) -> list[bool]:
    """Whether two further runs of a system differ by no more than the noise floor that other repeats gave."""
    system = System.of_quality(0.7)
    hits: list[bool] = []
    for chunk in range(simulations // CHUNK):
        rng = generator(9, chunk, repeats)
        counts = Population().draw((system,), articles=48, simulations=CHUNK, repeats=repeats + 2, rng=rng)[0]
        floors = [noise.noise_floor for noise in repeat_noise(counts[:repeats])]
        differences = [
            comparison.difference for comparison in compare(counts[-2], counts[-1], permutations=1, resamples=2)
        ]
        hits += [abs(difference or 0) <= (floor or 0) for difference, floor in zip(differences, floors, strict=True)]
    return hits


def settled(setting: Setting, difference: float, simulations: int) -> tuple[int, list[bool]]:
    """The articles that runs ask for whose observed difference is near the true one, and verdicts on so many."""
    apart = setting.with_difference(difference)
    asked = [
        comparison.further_articles
        for comparison in apart.compared(simulations, seed=10)
        if comparison.further_articles and abs((comparison.difference or 0) - difference) < difference / 10
    ]
    articles = setting.articles + int(np.median(asked))
    more = Setting(setting.name, articles, apart.systems, setting.population, setting.repeats)
    return articles, found_better(more.compared(simulations, seed=11))


def share(what: str, hits: Sequence[bool], nominal: float, asked: tuple[float, float]) -> Observed:
    return Observed(what, len(hits), nominal, float(np.mean(hits)), *asked)


def table(*, quick: bool) -> Iterator[Observed]:
    n = 1000 if quick else 4000
    for number, setting in enumerate(EQUALS[:3] if quick else EQUALS):
        hits = told_apart(setting.compared(n, seed=20 + number))
        yield share(f"equal runs told apart, {setting.name}", hits, SIGNIFICANCE, EQUAL)
    yield share("equal runs told apart in any of 20 fields", any_field(n // 4), SIGNIFICANCE, (0.0, EQUAL[1]))
    for setting in BETTERS[:2] if quick else BETTERS:
        from_equals, own = detectable(setting, 500)
        for source, difference in (("equal", from_equals), ("such", own)):
            hits = found_better(setting.with_difference(difference).compared(n, seed=12))
            name = f"{difference:.3f} as stated of {source} runs found, {setting.name}"
            yield share(name, hits, POWER, DETECTED)
    articles, hits = settled(Setting("", 48, equal(0.7)), 0.05, n)
    yield share(f"difference of 0.05 settled by the {articles} articles asked for by 48", hits, POWER, DETECTED)
    for repeats in (2, 3, 5):
        hits = within_noise(n, repeats)
        yield share(f"two more runs within the noise floor of {repeats} repeats", hits, 0.95, (0.93, 0.97))
