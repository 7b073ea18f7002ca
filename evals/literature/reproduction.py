"""All published metrics over one test set, arranged like the file of reference figures that comes with the data.

Pure: takes what `evals.muc4_files` has read and returns plain dictionaries ready for JSON.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from evals.literature import ceaf_ree, ceaf_rme, gtt
from evals.literature.muc4 import COLUMNS, FMeasures, SlotCounts, TemplatePair, printed_f, total_rows
from evals.literature.precision_recall import PrecisionRecall
from evals.literature.templates import Extracts, Template, as_extracts

TemplatesByText = Mapping[str, tuple[Template, ...]]
ExtractsByText = Mapping[str, Extracts]

ROUNDING = "4 decimals; fractions, except *_pct and f_printed, which are percentages"


@dataclass(frozen=True, slots=True)
class OfficialReport:
    """One system's report of 1992: what was printed, and the pairs from which it can be computed again."""

    system: str
    printed_f: FMeasures
    printed_totals: Mapping[str, SlotCounts]
    pairs: tuple[TemplatePair, ...]


@dataclass(frozen=True, slots=True)
class TestSet:
    """Everything that the metrics are computed from, by document id; predictions and reports by name."""

    __test__ = False  # not a test class, whatever its name makes pytest think

    gold_templates: TemplatesByText
    gold_entities: ExtractsByText
    predicted_templates: Mapping[str, TemplatesByText]
    predicted_entities: Mapping[str, ExtractsByText]
    reports: tuple[OfficialReport, ...] = ()


def figures(test_set: TestSet) -> dict[str, Any]:
    """Every metric for every prediction, in the structure of `expected.json`.

    A text without a prediction counts as one for which nothing was predicted. Gold is scored as a prediction of
    itself under the name `gold`; CEAF-REE scores template predictions under `NAME_as_extracts`.

    Returns:
        `half`, `documents`, `rounding`, `ceaf_ree`, `gtt_f1`, `ceaf_rme_phi3`, `ceaf_rme_phisubset`,
        `official_1992_columns` and `official_1992`; fractions rounded to 4 decimals, counts exact. `half` is the
        part before the first hyphen that all document ids share, in lower case, or None.

    Raises:
        TooManyMappingsError: GTT F1 is out of reach for a text, see `evals.literature.mapping_search`.
    """
    entities = dict(test_set.predicted_entities)
    for name, predicted in test_set.predicted_templates.items():
        entities[f"{name}_as_extracts"] = {text: as_extracts(templates) for text, templates in predicted.items()}
    entities["gold"] = test_set.gold_entities
    templates = {**test_set.predicted_templates, "gold": test_set.gold_templates}
    gold = test_set.gold_templates
    return {
        "half": _half(gold),
        "documents": len(gold),
        "rounding": ROUNDING,
        "ceaf_ree": {
            name: _slot_entries(ceaf_ree.score(_entity_pairs(test_set.gold_entities, predicted)))
            for name, predicted in entities.items()
        },
        "gtt_f1": {
            name: _slot_entries(gtt.score(_template_pairs(gold, predicted))) for name, predicted in templates.items()
        },
        "ceaf_rme_phi3": {
            name: _entry(ceaf_rme.score_phi3(_template_pairs(gold, predicted))) for name, predicted in templates.items()
        },
        "ceaf_rme_phisubset": {
            name: _entry(ceaf_rme.score_phi_subset(_template_pairs(gold, predicted)))
            for name, predicted in templates.items()
        },
        "official_1992_columns": list(COLUMNS),
        "official_1992": {report.system: _official_entry(report) for report in test_set.reports},
    }


def _template_pairs(gold: TemplatesByText, predicted: TemplatesByText) -> Iterable[ceaf_rme.TextPair]:
    return ((templates, predicted.get(text, ())) for text, templates in gold.items())


def _entity_pairs(gold: ExtractsByText, predicted: ExtractsByText) -> Iterable[tuple[Extracts, Extracts]]:
    return ((extracts, predicted.get(text, Extracts())) for text, extracts in gold.items())


def _slot_entries(slots: Mapping[str, PrecisionRecall]) -> dict[str, dict[str, float | int]]:
    return {str(slot): _entry(counts) for slot, counts in slots.items()}


def _entry(counts: PrecisionRecall) -> dict[str, float | int]:
    return {
        "p": round(counts.precision, 4),
        "r": round(counts.recall, 4),
        "f1": round(counts.f1, 4),
        "p_num": counts.p_num,
        "p_den": counts.p_den,
        "r_num": counts.r_num,
        "r_den": counts.r_den,
    }


def _official_entry(report: OfficialReport) -> dict[str, Any]:
    counts = total_rows(report.pairs)["ALL TEMPLATES"]
    recall_percent, precision_percent = counts.recall_percent, counts.precision_percent
    return {
        "recall": round(counts.recall, 4),
        "precision": round(counts.precision, 4),
        "f1": round(counts.f1, 4),
        "recall_pct": recall_percent,
        "precision_pct": precision_percent,
        "f_pct": printed_f(precision_percent, recall_percent).p_and_r,
        "counts": list(counts.columns),
        "f_printed": report.printed_f.p_and_r,
    }


def _half(texts: Iterable[str]) -> str | None:
    prefixes = {text.partition("-")[0].lower() for text in texts}
    return prefixes.pop() if len(prefixes) == 1 else None
