"""How often intervals cover the true figure, for the product's and for the usual percentile interval."""

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.simulations.population import Floats, Population, System, generator
from benchmarks.simulations.table import Observed
from evals.stats import Figure, Interval, compare, f1_of, intervals, macro_intervals
from evals.stats.bootstrap import bootstrap_sums

NOMINAL = 0.95
LOW, HIGH = 0.93, 0.97
CHUNK = 250  # simulations that share their bootstrap draws
RESAMPLES = 1000


def share_covering(found: Sequence[Interval | None], truth: float) -> list[bool]:
    """Whether each interval that exists holds the truth."""
    return [interval[0] <= truth <= interval[1] for interval in found if interval is not None]


def figures(articles: int, f1: float, population: Population, simulations: int, *, only: Figure = "f1") -> list[bool]:
    system = System.of_quality(f1)
    clusters = population.clusters(articles) if population.incident else None
    hits: list[bool] = []
    for chunk in range(simulations // CHUNK):
        counts = run(population, system, articles, chunk)
        found = intervals(counts, figures=(only,), resamples=RESAMPLES, seed=chunk, clusters=clusters)[only]
        hits += share_covering(found, system.figures[only])
    return hits


def percentile(articles: int, f1: float, population: Population, simulations: int) -> list[bool]:
    system = System.of_quality(f1)
    hits: list[bool] = []
    for chunk in range(simulations // CHUNK):
        counts = run(population, system, articles, chunk)
        drawn = np.concatenate([f1_of(sums) for sums in bootstrap_sums(counts, resamples=RESAMPLES, seed=chunk)])
        low, high = np.nanquantile(drawn, [(1 - NOMINAL) / 2, (1 + NOMINAL) / 2], axis=0)
        hits += share_covering(list(zip(low, high, strict=True)), system.figures["f1"])
    return hits


def run(population: Population, system: System, articles: int, chunk: int) -> Floats:
    rng = generator(1, articles, chunk, round(1000 * system.correct))
    return np.asarray(population.draw((system,), articles=articles, simulations=CHUNK, repeats=1, rng=rng)[0, 0])


def macro_articles(articles: int, f1: float, simulations: int) -> list[bool]:
    population, system = Population(), System.of_quality(f1)
    many = population.draw((system,), articles=200_000, simulations=1, repeats=1, rng=generator(2))[0, 0]
    truth = float(np.nanmean(f1_of(many)))
    hits: list[bool] = []
    for chunk in range(simulations // CHUNK):
        counts = run(population, system, articles, chunk)
        hits += share_covering(macro_intervals(counts, "articles", resamples=RESAMPLES, seed=chunk), truth)
    return hits


def macro_fields(articles: int, simulations: int, *, fields: int = 8) -> list[bool]:
    """Fields of different quality that share the difficulty of their articles only through chance: each drawn alone."""
    systems = [System.of_quality(f1) for f1 in np.linspace(0.5, 0.95, fields)]
    truth = float(np.mean([system.figures["f1"] for system in systems]))
    hits: list[bool] = []
    drawn = [
        Population(fill=0.6).draw(
            (system,), articles=articles, simulations=simulations, repeats=1, rng=generator(3, number)
        )[0, 0]
        for number, system in enumerate(systems)
    ]
    for simulation in range(simulations):
        counts = np.stack([field[:, simulation] for field in drawn], axis=1)
        hits += share_covering(macro_intervals(counts, "fields", resamples=RESAMPLES, seed=simulation), truth)
    return hits


def differences(articles: int, pair: tuple[float, float], population: Population, simulations: int) -> list[bool]:
    systems = (System.of_quality(pair[0]), System.of_quality(pair[1]))
    truth = systems[1].figures["f1"] - systems[0].figures["f1"]
    hits: list[bool] = []
    for chunk in range(simulations // CHUNK):
        rng = generator(4, articles, chunk)
        a, b = population.draw(systems, articles=articles, simulations=CHUNK, repeats=1, rng=rng)[:, 0]
        found = compare(a, b, families=range(CHUNK), permutations=1, resamples=RESAMPLES, seed=chunk)
        hits += share_covering([one.interval for one in found], truth)
    return hits


def observed(what: str, hits: Sequence[bool], *, asked: bool = True) -> Observed:
    low, high = (LOW, HIGH) if asked else (None, None)
    return Observed(what, len(hits), NOMINAL, float(np.mean(hits)), low, high)


def table(*, quick: bool) -> Iterator[Observed]:
    n = 1000 if quick else 4000
    for articles in (36, 60) if quick else (24, 36, 48, 60, 120):
        for f1 in (0.3, 0.8, 0.95) if quick else (0.3, 0.5, 0.7, 0.8, 0.9, 0.95):
            for fill in (1.0, 0.3):
                population = Population(fill=fill)
                where = f"{articles} articles, F1 {f1}, {fill:.0%} filled"
                yield observed(f"interval of F1, {where}", figures(articles, f1, population, n))
                yield observed(
                    f"  percentile for comparison, {where}", percentile(articles, f1, population, n), asked=False
                )
    for articles in (24, 36, 60):
        for f1 in (0.3, 0.9):
            where = f"{articles} articles, F1 {f1}, 10% filled"
            hits = figures(articles, f1, Population(fill=0.1), n)
            yield observed(f"outside the range: interval of F1, {where}", hits, asked=False)
    for name in ("precision", "recall", "strict_precision", "strict_recall", "strict_f1"):
        yield observed(f"interval of {name}, 48 articles, F1 0.8", figures(48, 0.8, Population(), n, only=name))
    incidents = Population(incident=0.3, article=0.1, sizes=(1, 1, 2, 1, 4, 1, 3))
    for articles in (48, 60):
        for f1 in (0.6, 0.9):
            yield observed(
                f"interval of F1, {articles} articles in incidents, F1 {f1}", figures(articles, f1, incidents, n)
            )
    yield observed("interval of macro F1 over articles, 48 articles", macro_articles(48, 0.8, n))
    yield observed("interval of macro F1 over 8 fields, 48 articles", macro_fields(48, n // 4))
    for articles in (36, 60):
        for pair in ((0.7, 0.7), (0.7, 0.8), (0.9, 0.95)):
            for fill in (1.0, 0.3):
                where = f"{articles} articles, F1 {pair[0]} and {pair[1]}, {fill:.0%} filled"
                yield observed(
                    f"interval of difference, {where}", differences(articles, pair, Population(fill=fill), n)
                )
            where = f"{articles} articles, F1 {pair[0]} and {pair[1]}, 10% filled"
            hits = differences(articles, pair, Population(fill=0.1), n)
            yield observed(f"outside the range: interval of difference, {where}", hits, asked=False)
