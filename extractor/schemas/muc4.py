"""MUC-4 as a schema: terrorist incidents as templates of a type and five roles, each filled by strings of the text.

The simplified template of Du, Rush and Cardie (NAACL 2021), whose roles are slots 9, 10, 12, 18 and 6 of the MUC-4 key
(Proceedings of the Fourth Message Understanding Conference, 1992). Field names are in plain words; `evals.muc4_task`
knows which published role each of them is. The task, the corpus and the published metrics: `evals muc4 --help`.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from extractor.schemas.metadata import Scored

IncidentType = Literal["attack", "bombing", "kidnapping", "arson", "robbery", "forced work stoppage"]
"""The six types of the corpus, written as there."""

NEAR_INCIDENT_TYPES = frozenset(frozenset(("attack", other)) for other in get_args(IncidentType) if other != "attack")
"""`attack` is partly right for any other type: the partial rule of the official scorer (Chinchor 1992)."""

Mention = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class _Record(BaseModel):
    """Unknown keys are errors, so that a misspelt role is found."""

    model_config = ConfigDict(extra="forbid")


class Incident(_Record):
    """One terrorist incident: one type of act at one time and place by one perpetrator."""

    incident_type: Annotated[IncidentType, Scored(comparator="enum", weight=2.0, near=NEAR_INCIDENT_TYPES)] = Field(
        description="The act; attack for a killing or assault that is none of the others, and for a threat of one."
    )
    perp_individuals: Annotated[list[Mention], Scored(comparator="name")] = Field(
        default_factory=list, description="Who carried it out, people by name or description: 'two gunmen'."
    )
    perp_organizations: Annotated[list[Mention], Scored(comparator="actor")] = Field(
        default_factory=list, description="The group, force or agency behind it, its name or acronym."
    )
    targets: Annotated[list[Mention], Scored(comparator="name")] = Field(
        default_factory=list, description="Things attacked or damaged: buildings, vehicles, installations; not people."
    )
    victims: Annotated[list[Mention], Scored(comparator="name", weight=2.0)] = Field(
        default_factory=list, description="People attacked, by name only, without title; not those merely described."
    )
    weapons: Annotated[list[Mention], Scored(comparator="name", weight=0.5)] = Field(
        default_factory=list, description="What it was done with: 'car bomb', 'machineguns'."
    )


class IncidentReport(_Record):
    """The incidents that one text reports; an empty list when it reports none."""

    events: list[Incident] = Field(description="All relevant incidents of the text.")
