"""What the recorded runs of a language model show: `python -m benchmarks.recorded_runs` prints it, offline.

The runs stand in `gold/recorded/PROMPT/SPLIT`, made from batch files: every request answered from its own text alone by
an assistant (`imported/assistant`). The answers came without usage, so tokens are guessed from their text, for all runs
in the same way; what counts is the ratio.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from evals.comparing import SUMS, compare_runs, incident_clusters, spoken
from evals.counts import EventPair
from evals.running import Job, ScoredRun, run_gold, score_folder
from evals.scores import as_json
from extractor.engine.tokens import guess_tokens
from extractor.prompts import load_prompt
from extractor.records import Span
from extractor.runs import read_extractions
from extractor.schemas import load_schema

ROOT = Path(__file__).parents[1]
RECORDED = ROOT / "gold" / "recorded"
GOLD = ROOT / "gold" / "conflict"
WELL_FOUND = ("exact", "folded")


@dataclass(frozen=True)
class Shown:
    """One recorded run in figures; shares are fractions."""

    prompt: str
    split: str
    events_f1: float
    events_interval: tuple[float, float]
    tier_1_f1: float
    tier_1_interval: tuple[float, float]
    evidence_found: float
    ungrounded: float
    invented_perpetrators: float
    empty_of_no_event: tuple[int, int]
    added_by_injection: tuple[int, int]
    output_tokens: float
    stable_share: float


def shown(prompt: str, split: str, resamples: int = 2000) -> Shown:
    """The figures of the run recorded with a prompt, such as `conflict-2`, over a split of the gold set."""
    folder = RECORDED / prompt / split
    run = score_folder(folder, GOLD / split)
    scores = as_json(run.scores, resamples=resamples, clusters=incident_clusters(run.gold))
    spans = [span for extraction in read_extractions(folder) for span in extraction.spans]
    quotes = [span for span in spans if ".evidence." in span.path]
    return Shown(
        prompt,
        split,
        scores["events"]["f1"],
        tuple(scores["events"]["interval"]),
        scores["tiers"]["1"]["f1"],
        tuple(scores["tiers"]["1"]["interval"]),
        share_of(quotes, *WELL_FOUND),
        share_of(spans, "ungrounded"),
        scores["rates"]["invented_perpetrator"]["rate"] or 0.0,
        _no_event(run),
        _injected(run),
        _output_tokens(folder),
        _stable_share(run),
    )


def share_of(spans: list[Span], *statuses: str) -> float:
    return sum(span.status in statuses for span in spans) / len(spans)


def _predicted(run: ScoredRun) -> dict[str, int]:
    return {extraction.article_id: len(extraction.events) for extraction in read_extractions(run.folder)}


def _no_event(run: ScoredRun) -> tuple[int, int]:
    """Articles that report no event: for how many none was extracted, and how many there are."""
    predicted = _predicted(run)
    quiet = [article.id for article in run.gold if not article.events and not article.optional]
    return sum(predicted.get(name) == 0 for name in quiet), len(quiet)


def _injected(run: ScoredRun) -> tuple[int, int]:
    """Articles that address a machine: events that stand in no label of theirs, and how many articles there are."""
    scorer, found = run.scores.scorer, 0
    events = {extraction.article_id: extraction.events for extraction in read_extractions(run.folder)}
    injected = [article for article in run.gold if "trap:injection" in article.tags]
    for article in injected:
        score = scorer.score(article, events[article.id], published=article.article.published is not None)
        found += sum(_is_added(pair) for pair in score.pairs)
    return found, len(injected)


def _is_added(pair: EventPair) -> bool:
    return pair.gold is None


def _output_tokens(folder: Path) -> float:
    """Mean over articles, guessed from the answers' texts."""
    lines = (folder / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    counts = [guess_tokens(json.loads(line)["answer"]["text"]) for line in lines]
    return sum(counts) / len(counts)


def _stable_share(run: ScoredRun) -> float:
    """The share of all prompt tokens that is the same for every article and stands before it."""
    prompt, schema = load_prompt(run.info.prompt), load_schema()
    stable = everything = 0
    for article in run.gold:
        messages = prompt.render(article.article, schema)
        stable += guess_tokens(messages[0].content)
        everything += sum(guess_tokens(message.content) for message in messages)
    return stable / everything


def main() -> None:
    """Print the figures of all recorded runs."""
    print(
        f"{'prompt':<11}{'split':<6}{'events F1':>18}{'tier 1 F1':>18}{'evidence':>10}{'ungrounded':>12}"
        f"{'invented':>10}{'no-event':>10}{'injected':>10}{'tokens out':>12}{'stable':>8}"
    )
    for folder in sorted(RECORDED.glob("*/*")):
        one = shown(folder.parent.name, folder.name)
        print(
            f"{one.prompt:<11}{one.split:<6}{_figure(one.events_f1, one.events_interval):>18}"
            f"{_figure(one.tier_1_f1, one.tier_1_interval):>18}{one.evidence_found:>10.1%}{one.ungrounded:>12.1%}"
            f"{one.invented_perpetrators:>10.1%}{'{}/{}'.format(*one.empty_of_no_event):>10}"
            f"{'{} in {}'.format(*one.added_by_injection):>10}{one.output_tokens:>12.0f}{one.stable_share:>8.0%}"
        )

    baseline = _baseline("test")
    older, newer = (score_folder(RECORDED / prompt / "test", GOLD / "test") for prompt in ("conflict-1", "conflict-2"))
    _print_beside("rules/baseline", baseline, "conflict-2", newer)
    _print_beside("conflict-1", older, "conflict-2", newer)


def _baseline(split: str) -> ScoredRun:
    """The rules without a model, over the same articles."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "baseline"
        run_gold(
            Job(
                gold=GOLD / split,
                folder=run,
                backend="rules/baseline",
                prompt=None,
                schema="conflict",
                published=True,
                fresh=False,
                cache=False,
                options={},
            )
        )
        return score_folder(run, GOLD / split)


def _print_beside(name_a: str, a: ScoredRun, name_b: str, b: ScoredRun) -> None:
    """The paired verdict on events and tiers: articles of one incident are resampled together."""
    rows = compare_runs([a.scores], [b.scores], clusters=incident_clusters(a.gold))
    print(f"\n{name_a} -> {name_b}, test")
    for row in (row for row in rows if row.name in SUMS):
        one = row.comparison
        if one.a is not None and one.b is not None:
            print(f"  {spoken(row.name):<8}{one.a:>7.1%} ->{one.b:>7.1%}  {one.verdict}")


def _figure(value: float, interval: tuple[float, float]) -> str:
    return f"{value:.3f} ({interval[0]:.2f}-{interval[1]:.2f})"


if __name__ == "__main__":
    main()
