"""CEAF-REE: entities per text and role, regardless of templates.

Source: Du, Rush and Cardie, "GRIT: Generative Role-filler Transformers for Document-level Event Entity Extraction",
EACL 2021, section 3 (metric CEAF-REE).
"""

from collections.abc import Iterable, Sequence

from evals.literature.assignment import assignment_value
from evals.literature.normalize import mention_set
from evals.literature.precision_recall import PrecisionRecall, pool_slots
from evals.literature.templates import Entity, Extracts, Role


def score(texts: Iterable[tuple[Extracts, Extracts]]) -> dict[str, PrecisionRecall]:
    """Score (gold, predicted) entities of every text: counts per role, and `micro` over the five roles."""
    return pool_slots((score_text(gold, predicted) for gold, predicted in texts), Role)


def score_text(gold: Extracts, predicted: Extracts) -> dict[str, PrecisionRecall]:
    """Counts per role of one text.

    A predicted entity fits a gold entity if all its normalised mentions are among the gold ones; entities are
    assigned one-to-one. Repeated predictions are not merged: the second finds its gold entity taken.
    """
    return {role: _score_role(gold[role], predicted[role]) for role in Role}


def _score_role(gold: Sequence[Entity], predicted: Sequence[Entity]) -> PrecisionRecall:
    gold_mentions = [mention_set(entity) for entity in gold]
    predicted_mentions = [mention_set(entity) for entity in predicted]
    fits = [[int(mentions <= accepted) for mentions in predicted_mentions] for accepted in gold_mentions]
    found = assignment_value(fits)
    return PrecisionRecall(p_num=found, p_den=len(predicted), r_num=found, r_den=len(gold))
