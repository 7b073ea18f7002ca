"""Template F1 of GTT: incident types and role fillers under the best mapping of predicted to gold templates.

Source: Du, Rush and Cardie, "Template Filling with Generative Transformers", NAACL 2021, section 4 (evaluation
metrics), and the scorer released with it, which fixes what the paper leaves open.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evals.literature.mapping_search import Credit, best_mapping
from evals.literature.normalize import mention_set
from evals.literature.precision_recall import PrecisionRecall, pool, pool_slots
from evals.literature.templates import Role, Template, without_duplicates

INCIDENT_TYPE = "incident_type"
SLOTS = (INCIDENT_TYPE, *Role)


@dataclass(frozen=True, slots=True)
class _Comparable:
    """A template with the normalised mentions of each entity, per role in the order of `Role`."""

    incident_type: str
    roles: tuple[tuple[frozenset[str], ...], ...]


def score(texts: Iterable[tuple[Sequence[Template], Sequence[Template]]]) -> dict[str, PrecisionRecall]:
    """Score (gold, predicted) templates of every text: counts per slot, and `micro` over the six slots.

    Raises:
        TooManyMappingsError: a text has too many different templates on both sides, see `mapping_search`.
    """
    return pool_slots((score_text(gold, predicted) for gold, predicted in texts), SLOTS)


def score_text(gold: Sequence[Template], predicted: Sequence[Template]) -> dict[str, PrecisionRecall]:
    """Counts per slot of one text under its best mapping.

    Gold is de-duplicated and predictions are not, so that gold against itself need not reach 1. Every template adds
    its size to its own side's denominators whether it is aligned or not; only aligned pairs add to the numerators.

    Raises:
        TooManyMappingsError: see `score`.
    """
    expected = [_comparable(template) for template in without_duplicates(gold)]
    given = [_comparable(template) for template in predicted]
    hits = [[_hits(template, key) for key in expected] for template in given]
    p_den, r_den = _sizes(given), _sizes(expected)
    pair_credits = [[_credit(pair) for pair in row] for row in hits]
    mapping = best_mapping(pair_credits, sum(p_den), sum(r_den))
    chosen = [hits[i][j] for i, j in enumerate(mapping) if j is not None]
    return {
        slot: pool(pair[position] for pair in chosen) + PrecisionRecall(0, p_den[position], 0, r_den[position])
        for position, slot in enumerate(SLOTS)
    }


def _sizes(templates: Sequence[_Comparable]) -> tuple[int, ...]:
    """What templates add to their side's denominators, per slot: one type each, and the entities of each role."""
    return (len(templates), *(sum(len(template.roles[role]) for template in templates) for role in range(len(Role))))


def _hits(predicted: _Comparable, gold: _Comparable) -> tuple[PrecisionRecall, ...]:
    """Numerators per slot of a pair; all 0 unless the predicted type is a substring of the gold type.

    Not one-to-one: two predicted entities may both hit one gold entity, so p_num and r_num can differ.
    """
    if predicted.incident_type not in gold.incident_type:
        return (PrecisionRecall(),) * len(SLOTS)
    return (
        PrecisionRecall(p_num=1, r_num=1),
        *(
            PrecisionRecall(
                p_num=sum(any(mentions <= accepted for accepted in accepted_of_role) for mentions in given_of_role),
                r_num=sum(any(mentions <= accepted for mentions in given_of_role) for accepted in accepted_of_role),
            )
            for given_of_role, accepted_of_role in zip(predicted.roles, gold.roles, strict=True)
        ),
    )


def _credit(hits: Iterable[PrecisionRecall]) -> Credit:
    total = pool(hits)
    return total.p_num, total.r_num


def _comparable(template: Template) -> _Comparable:
    return _Comparable(template.incident_type, tuple(tuple(map(mention_set, template.extracts[role])) for role in Role))
