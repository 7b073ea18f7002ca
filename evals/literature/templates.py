"""What the literature calls a template, an entity and a mention, and how one form is derived from another.

Two forms of the same content exist: *template form* (a text has templates, a template has a type and entities per
role) and *entity form* (a text has entities per role, not split into templates). Sources: Du, Rush and Cardie, EACL
2021 (entities) and NAACL 2021 (templates); Chen et al., EACL 2023 (the released form).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """The five string-filled roles of the simplified MUC-4 template, named as in the data."""

    PERP_IND = "PerpInd"
    PERP_ORG = "PerpOrg"
    TARGET = "Target"
    VICTIM = "Victim"
    WEAPON = "Weapon"


@dataclass(frozen=True, slots=True)
class Mention:
    """One string of the text. The offset of its first occurrence is kept in gold and never compared."""

    text: str
    offset: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Entity:
    """Coreferent mentions, at least one, in the order of the file; any of them is an acceptable answer."""

    mentions: tuple[Mention, ...]

    def __post_init__(self) -> None:
        """Refuse an entity without mentions: it would be contained in everything."""
        if not self.mentions:
            raise ValueError("an entity needs at least one mention")


@dataclass(frozen=True, slots=True)
class Extracts:
    """The entities of one text or of one template, role by role: `extracts[Role.TARGET]`."""

    perp_ind: tuple[Entity, ...] = ()
    perp_org: tuple[Entity, ...] = ()
    target: tuple[Entity, ...] = ()
    victim: tuple[Entity, ...] = ()
    weapon: tuple[Entity, ...] = ()

    def __getitem__(self, role: Role) -> tuple[Entity, ...]:
        """The entities of one role, in the order of the file."""
        entities: tuple[Entity, ...] = getattr(self, role.name.lower())
        return entities

    def entities(self) -> Iterator[tuple[Role, Entity]]:
        """Every entity with its role, in the order of the roles."""
        return ((role, entity) for role in Role for entity in self[role])


@dataclass(frozen=True, slots=True)
class Template:
    """One incident: its type, as written (`attack`, `attack / bombing`), and its entities per role."""

    incident_type: str
    extracts: Extracts


RawMention = str | tuple[str, int]
"""A mention as the files hold it: a string, or in gold a string with its character offset."""


def extracts_from(roles: Mapping[str, Sequence[Sequence[RawMention]]]) -> Extracts:
    """Build entities per role from the nested lists of a file; absent roles are empty.

    Raises:
        ValueError: a key is not one of the five roles, or an entity has no mention.
    """
    if unknown := sorted(set(roles) - set(Role)):
        raise ValueError(f"unknown role {unknown[0]!r}; the roles are {', '.join(Role)}")
    return Extracts(
        **{
            Role(name).name.lower(): tuple(Entity(tuple(map(_mention, mentions))) for mentions in entities)
            for name, entities in roles.items()
        }
    )


def without_duplicates(templates: Iterable[Template]) -> tuple[Template, ...]:
    """Drop every template that is equal to an earlier one of the same text.

    Equal means: same type and, in every role, the same entities with the same mention strings in the same order,
    before normalisation and ignoring offsets. GTT and CEAF-RME do this to gold, and only to gold.
    """
    return tuple(dict.fromkeys(templates))


def as_extracts(templates: Iterable[Template]) -> Extracts:
    """Derive the entity form of one text from its templates.

    Per role, the entities of all templates in order, skipping an entity whose list of mention strings was already
    taken.
    """
    templates = tuple(templates)
    return Extracts(
        **{
            role.name.lower(): tuple(dict.fromkeys(entity for t in templates for entity in t.extracts[role]))
            for role in Role
        }
    )


def merge_released(lines: Iterable[tuple[str, Sequence[Template]]]) -> dict[str, tuple[Template, ...]]:
    """Derive the template form from the released form, which has several lines for the same text.

    Args:
        lines: (document id, templates) in line order; IterX wrote one line per incident type asked for.

    Returns:
        For each document id, in order of first appearance, its lists concatenated in line order.
    """
    merged: dict[str, tuple[Template, ...]] = {}
    for document_id, templates in lines:
        merged[document_id] = merged.get(document_id, ()) + tuple(templates)
    return merged


def _mention(raw: RawMention) -> Mention:
    return Mention(raw) if isinstance(raw, str) else Mention(*raw)
