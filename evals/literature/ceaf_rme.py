"""CEAF-RME: templates assigned one-to-one by the entities that they share; variants φ3 and φsubset.

Source: Chen, Gantt, Gu, Chen, White and Van Durme, "Iterative Document-level Information Extraction via Imitation
Learning", EACL 2023, and the scorer released with it, which fixes what the paper leaves open.

A mention counts as a triple (incident type of its template, role, normalised string). A gold template with two types
(`attack / bombing`) is replaced by one copy per type, and only the best copy may score. Therefore, and because gold
is de-duplicated while predictions are not, gold against itself need not reach 1.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from evals.literature.assignment import assign, assignment_value
from evals.literature.normalize import normalize
from evals.literature.precision_recall import PrecisionRecall, pool
from evals.literature.templates import Role, Template, without_duplicates

_Triple = tuple[str, Role, str]
_Entity = tuple[_Triple, ...]
_Entities = tuple[_Entity, ...]
_Credit = tuple[int, int]  # what a pair of templates adds to (p_num, r_num)

TextPair = tuple[Sequence[Template], Sequence[Template]]
"""The (gold, predicted) templates of one text."""


@dataclass(frozen=True, slots=True)
class _GoldCopy:
    """A gold template, or one of its copies with a single type; `origin` is the index of the template it is of."""

    origin: int
    entities: _Entities


def score_phi3(texts: Iterable[TextPair]) -> PrecisionRecall:
    """CEAF-RME φ3 over all texts."""
    return pool(phi3(gold, predicted) for gold, predicted in texts)


def score_phi_subset(texts: Iterable[TextPair]) -> PrecisionRecall:
    """CEAF-RME φsubset over all texts."""
    return pool(phi_subset(gold, predicted) for gold, predicted in texts)


def phi3(gold: Sequence[Template], predicted: Sequence[Template]) -> PrecisionRecall:
    """Counts of one text, in mentions: what an entity earns is the number of its triples in the gold entity.

    p_den is the number of predicted triples; r_den that of gold triples, the copies of two-type templates included,
    so that it depends on whether anything was predicted.
    """
    copies, responses = _gold_copies(gold, any_predicted=bool(predicted)), _responses(predicted)
    p_num, r_num = _earned(copies, responses, _shared_triples)
    return PrecisionRecall(
        p_num=p_num,
        p_den=sum(len(entity) for entities in responses for entity in entities),
        r_num=r_num,
        r_den=sum(len(entity) for copy in copies for entity in copy.entities),
    )


def phi_subset(gold: Sequence[Template], predicted: Sequence[Template]) -> PrecisionRecall:
    """Counts of one text, in entities: predicted ones that reach a gold entity, gold ones that are reached.

    p_den is the number of predicted entities, r_den that of gold entities without copies. Where several assignments
    of templates reach equally many predicted entities, r_num is that of the one which SciPy returns.
    """
    copies, responses = _gold_copies(gold, any_predicted=bool(predicted)), _responses(predicted)
    p_num, r_num = _earned(copies, responses, _reaching_and_reached)
    return PrecisionRecall(
        p_num=p_num,
        p_den=sum(map(len, responses)),
        r_num=r_num,
        r_den=sum(1 for template in without_duplicates(gold) for _ in template.extracts.entities()),
    )


def _earned(
    copies: Sequence[_GoldCopy], responses: Sequence[_Entities], compare: Callable[[_Entities, _Entities], _Credit]
) -> _Credit:
    """The credits summed over the template pairs of the best assignment, in which only best copies score."""
    pair_credits = [[compare(copy.entities, response) for response in responses] for copy in copies]
    worth = [sum(p_num for p_num, _ in row) for row in pair_credits]
    best: dict[int, int] = {}  # origin: index of its best copy, the first among equals
    for index, copy in enumerate(copies):
        if copy.origin not in best or worth[index] > worth[best[copy.origin]]:
            best[copy.origin] = index
    scoring = set(best.values())
    pair_credits = [row if index in scoring else [(0, 0)] * len(row) for index, row in enumerate(pair_credits)]
    pairs = assign([[p_num for p_num, _ in row] for row in pair_credits])
    return sum(pair_credits[g][t][0] for g, t in pairs), sum(pair_credits[g][t][1] for g, t in pairs)


def _shared_triples(gold: _Entities, predicted: _Entities) -> _Credit:
    """φ3: the best one-to-one assignment of entities by the number of predicted triples in the gold entity."""
    shared = assignment_value([[sum(triple in key for triple in entity) for entity in predicted] for key in gold])
    return shared, shared


def _reaching_and_reached(gold: _Entities, predicted: _Entities) -> _Credit:
    """φsubset: how many predicted entities reach a gold entity, and how many gold entities are reached."""
    reached = [index for entity in predicted if (index := _first_reached(entity, gold)) is not None]
    return len(reached), len(set(reached))


def _first_reached(entity: _Entity, gold: _Entities) -> int | None:
    """The first gold entity that holds the first triple of `entity` that any gold entity holds."""
    return next((index for triple in entity for index, key in enumerate(gold) if triple in key), None)


def _gold_copies(gold: Sequence[Template], *, any_predicted: bool) -> list[_GoldCopy]:
    """De-duplicated gold; if the text has any predicted template, two-type templates with mentions become copies."""
    return [
        _GoldCopy(origin, _entities(template, incident_type))
        for origin, template in enumerate(without_duplicates(gold))
        for incident_type in _types(template, split=any_predicted)
    ]


def _types(template: Template, *, split: bool) -> list[str]:
    if split and any(template.extracts.entities()):
        return [part.strip() for part in template.incident_type.split("/")]
    return [template.incident_type]


def _responses(predicted: Iterable[Template]) -> list[_Entities]:
    """The entities of each predicted template that has any."""
    return [entities for template in predicted if (entities := _entities(template, template.incident_type))]


def _entities(template: Template, incident_type: str) -> _Entities:
    return tuple(
        tuple((incident_type, role, normalize(mention.text)) for mention in entity.mentions)
        for role, entity in template.extracts.entities()
    )
