"""The default schema: violent events in news, one record a report.

Field descriptions are written for whoever fills them in, model or labeller; the long rules are in
`gold/conflict/GUIDE.md`. What is asked here and how it maps to ACLED, UCDP GED, GTD, MUC-4 and PLOVER is in
`docs/schema.md`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, computed_field, model_validator

from extractor.schemas.countries import CountryCode
from extractor.schemas.counts import COMPACT, Count
from extractor.schemas.dates import EdtfDate, Precision, precision_of
from extractor.schemas.metadata import Evidence, Grounded, Grouped, Scored, Splits, Totalled

EventRole = Literal["main", "response", "background", "unrelated"]
EventType = Literal[
    "shelling_missile_attack",
    "air_drone_strike",
    "bombing_ied",
    "suicide_bombing",
    "armed_clash",
    "armed_assault",
    "abduction",
    "riot_storming",
    "protest",
    "arrest_raid",
    "disrupted_weapons_use",
    "attack_unspecified",
    "other",
]
LocationKind = Literal["target", "impact", "launch"]
MunitionType = Literal[
    "rocket",
    "mortar",
    "artillery_shell",
    "missile",
    "ballistic_missile",
    "cruise_missile",
    "drone",
    "aerial_bomb",
    "ied",
    "vehicle_bomb",
    "suicide_device",
    "grenade",
    "small_arms",
    "incendiary",
    "other",
    "unknown",
]
TargetType = Literal[
    "military_base",
    "military_forces",
    "police_security",
    "diplomatic",
    "government",
    "airport",
    "armed_group",
    "civilian",
    "business_contractor",
    "infrastructure",
    "transport_convoy",
    "religious",
    "media",
    "other",
    "unknown",
]
AttributionStatus = Literal["claimed", "blamed", "suspected", "reported_as_fact"]
CasualtyEffect = Literal["killed", "injured", "missing", "captured"]
CasualtyGroup = Literal["civilian", "contractor", "military", "police_security", "militant", "official", "unspecified"]


_EFFECTS, _GROUPS = "|".join(get_args(CasualtyEffect)), "|".join(get_args(CasualtyGroup))
_ROW = re.compile(
    rf"\s*(?P<effect>{_EFFECTS}) (?P<count>[^\s:]+)(?: (?P<group>{_GROUPS}))?"
    r"(?: of (?P<affiliations>[^:]+))?(?:: (?P<names>.+))?\s*"
)


def _near(*pairs: tuple[str, str]) -> frozenset[frozenset[str]]:
    return frozenset(frozenset(pair) for pair in pairs)


NEAR_EVENT_TYPES = _near(
    ("air_drone_strike", "shelling_missile_attack"),
    ("attack_unspecified", "air_drone_strike"),
    ("attack_unspecified", "armed_assault"),
    ("attack_unspecified", "shelling_missile_attack"),
    ("attack_unspecified", "bombing_ied"),
    ("bombing_ied", "suicide_bombing"),
    ("armed_clash", "armed_assault"),
    ("protest", "riot_storming"),
)
"""Types that are partly right for each other: one is the unspecific form of the other, or the text may bear both."""

NEAR_MUNITION_TYPES = _near(
    ("missile", "rocket"),
    ("missile", "ballistic_missile"),
    ("missile", "cruise_missile"),
    ("mortar", "artillery_shell"),
    ("ied", "vehicle_bomb"),
    ("ied", "suicide_device"),
    ("vehicle_bomb", "suicide_device"),
)


class _Record(BaseModel):
    """Unknown keys are errors, so that a misspelt field is found; computed keys of a finished record are ignored."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _drop_computed(cls, data: Any) -> Any:
        if isinstance(data, dict) and (extra := cls.model_computed_fields.keys() & data.keys()):
            return {key: value for key, value in data.items() if key not in extra}
        return data


class EventDate(_Record):
    """When it happened, as the text has it."""

    text: Annotated[str | None, Scored(tier=3), Grounded("name")] = Field(
        None, description="The date words exactly as written: 'late December', 'Tuesday night', 'tonight'."
    )
    value: Annotated[EdtfDate | None, Scored(tier=1, comparator="date", weight=2.0), Grounded("date")] = Field(
        None,
        description=(
            "YYYY-MM-DD, YYYY-MM or YYYY; XXXX-05-03 when month and day are given but the year cannot be had from the "
            "text or the given publication date; a/b only for ranges; null when unknown. Resolve weekdays and "
            "'tonight' only with a date in the text or a given publication date, never by default."
        ),
    )

    @computed_field  # type: ignore[prop-decorator]  # pydantic's documented order
    @property
    def precision(self) -> Precision:
        """`day`, `week`, `month`, `year` or `unknown`, from `value`."""
        return precision_of(self.value)


class Location(_Record):
    """One place of the event. Fill each level that the text ties to this event, leave the rest null."""

    kind: LocationKind = Field(
        "target",
        description="target: where it happened; impact: another place really hit; launch: where it was fired from.",
    )
    site: Annotated[str | None, Scored(tier=1, comparator="place", weight=2.0)] = Field(
        None, description="Named facility as written: 'Camp Redgate', 'the central market'."
    )
    settlement: Annotated[str | None, Scored(tier=1, comparator="place", weight=2.0)] = Field(
        None, description="Town or village it is in or on the edge of. Null for '20 km west of X'."
    )
    admin1: Annotated[str | None, Scored(tier=1, comparator="place")] = Field(
        None, description="Province, governorate or state, without that word."
    )
    country: Annotated[CountryCode | None, Scored(tier=1, comparator="country", weight=0.5), Grounded("none")] = Field(
        None, description="ISO 3166-1 alpha-2 code; may be inferred from a well-known named place."
    )
    relation_text: Annotated[str | None, Scored(tier=3)] = Field(
        None, description="Distance or direction words as written: '20 km west of the port', 'near ...'."
    )


class Munition(_Record):
    """A weapon that the text names, with how many were launched and where they ended."""

    type: Annotated[MunitionType, Scored(tier=1, comparator="enum", weight=2.0, near=NEAR_MUNITION_TYPES)] = Field(
        description="Kind of weapon. 'rocket' also where rocket and missile are used for one projectile."
    )
    name: Annotated[str | None, Scored(tier=2, comparator="name")] = Field(
        None, description="Model name as written: 'Grad', 'Shahed-136'."
    )
    fired: Annotated[Count | None, Scored(tier=1)] = Field(
        None, description="Launched at the target. Empty if the text only says that one landed."
    )
    hit: Annotated[Count | None, Scored(tier=2)] = Field(
        None, description="Landed inside the target's perimeter, even on open ground."
    )
    missed: Annotated[Count | None, Scored(tier=2)] = Field(None, description="Landed outside the target.")
    intercepted: Annotated[Count | None, Scored(tier=2)] = Field(None, description="Shot down or stopped.")
    unfired: Annotated[Count | None, Scored(tier=2)] = Field(
        None, description="Left in the launcher or found unused; never part of fired."
    )


class Target(_Record):
    """What or whom the attack was aimed at."""

    name: Annotated[str | None, Scored(tier=2, comparator="name", weight=2.0)] = Field(
        None, description="As written: a base, a person, a group."
    )
    type: Annotated[TargetType, Scored(tier=2, comparator="enum")] = Field("unknown", description="Kind of target.")
    affiliations: Annotated[list[str], Scored(tier=2, comparator="actor", weight=0.5), Grounded("none")] = Field(
        default_factory=list, description="Whose it is: ISO-2 country codes or group names."
    )


class Perpetrator(_Record):
    """Who did it, always with how we know. Blame for one event never carries over to another."""

    name: Annotated[str, Scored(tier=1, comparator="actor", weight=2.0)] = Field(description="As written in the text.")
    status: Annotated[AttributionStatus, Scored(tier=1, comparator="enum", weight=0.5)] = Field(
        description=(
            "claimed: it says so itself; blamed: a named party accuses; suspected: unnamed sources or the reporter; "
            "reported_as_fact: stated without hedge."
        )
    )
    blamed_by: Annotated[str | None, Scored(tier=1, comparator="actor", weight=0.5)] = Field(
        None, description="Who accuses, only with status blamed; the first named."
    )


class Casualties(_Record):
    """One group of people harmed. Rows are disjoint and add up."""

    effect: CasualtyEffect = Field(description="What happened to them.")
    group: Annotated[CasualtyGroup, Scored(tier=2, comparator="enum")] = Field(
        "unspecified", description="contractor beats civilian; militia members are militant, soldiers military."
    )
    affiliations: Annotated[list[str], Scored(tier=2, comparator="actor", weight=0.5), Grounded("none")] = Field(
        default_factory=list, description="Nationality of the people (ISO-2) or their group, not the employer's."
    )
    count: Annotated[Count, Scored(tier=3)] = Field(
        description="How many. 'none were killed' is 0/0; silence or 'no immediate reports' is no row at all."
    )
    names: Annotated[list[str], Scored(tier=3, comparator="name")] = Field(
        default_factory=list, description="Names of the people, as written."
    )

    @classmethod
    def compact_json_schema(cls) -> dict[str, Any]:
        """The JSON schema of a row in one line, for prompts that ask for the compact notation."""
        return {
            "type": "string",
            "pattern": rf"^({_EFFECTS}) {COMPACT}( ({_GROUPS}))?( of [^:]+)?(: .+)?$",
            "description": (
                "One group of people harmed, as one line: 'killed 3 civilian', 'injured ~2+ police_security of CO', "
                f"'captured 2 civilian: Ana Paz; Leo Sun'. Effect ({_EFFECTS}), count, group ({_GROUPS}; left out "
                "where the text does not tell), ' of ' and nationality (ISO-2) or group name, several with commas, "
                "':' and names, as written. Rows are disjoint and add up. 'none were killed' is 'killed 0'; silence or "
                "'no immediate reports' is no row at all."
            ),
        }

    @model_validator(mode="before")
    @classmethod
    def _from_one_line(cls, data: Any) -> Any:
        """The compact notation gives the same record."""
        if not isinstance(data, str):
            return data
        parts = _ROW.fullmatch(data)
        if parts is None:
            raise ValueError(f"{data!r} is no row: write EFFECT COUNT GROUP, such as 'killed 3 civilian'")
        row = {name: parts[name] for name in ("effect", "count", "group") if parts[name]}
        for name, mark in (("affiliations", ","), ("names", ";")):
            row[name] = [item.strip() for item in (parts[name] or "").split(mark) if item.strip()]
        return row


class Event(_Record):
    """A specific violent or political-violence occurrence that has happened: one time, place, attacker and method."""

    role: Annotated[EventRole, Scored(tier=1, comparator="enum", weight=0.5), Splits()] = Field(
        description=(
            "main: what the article was written to report; response: after and because of the main event; "
            "background: earlier or elsewhere; unrelated: stray from another story."
        )
    )
    event_type: Annotated[EventType, Scored(tier=1, comparator="enum", weight=2.0, near=NEAR_EVENT_TYPES)] = Field(
        description="By the method the text gives; attack_unspecified when it gives none."
    )
    date: Annotated[EventDate, Scored(weight=2.0)] = Field(default_factory=EventDate, description="When it happened.")
    locations: Annotated[list[Location], Scored(weight=2.0), Grouped("kind", tiers={"target": 1}, otherwise=2)] = Field(
        default_factory=list, description="Where. Never the dateline, the capital or the reporter's seat by default."
    )
    munitions: Annotated[list[Munition], Scored(weight=0.0)] = Field(
        default_factory=list, description="Only weapons that the text names."
    )
    targets: Annotated[list[Target], Scored(weight=0.0)] = Field(
        default_factory=list, description="What or whom it was aimed at."
    )
    perpetrators: Annotated[list[Perpetrator], Scored(weight=0.5)] = Field(
        default_factory=list, description="Who did it; empty means unknown."
    )
    responsibility_claimed: Annotated[bool | None, Scored(tier=2, comparator="exact", weight=0.0)] = Field(
        None, description="true: a claim is reported; false: the text says nobody has claimed; null: not mentioned."
    )
    casualties: Annotated[
        list[Casualties],
        Scored(weight=0.5),
        Grouped("effect"),
        Totalled("count", tiers={"killed": 1, "injured": 1}, otherwise=2),
    ] = Field(default_factory=list, description="People harmed, in disjoint rows.")
    property_damage: Annotated[bool | None, Scored(tier=2, comparator="exact", weight=0.0)] = Field(
        None, description="Whether things were damaged; null when not mentioned."
    )
    reported_by: Annotated[list[str], Scored(tier=3, comparator="name", weight=0.0)] = Field(
        default_factory=list, description="Sources that the text credits for this event."
    )
    evidence: Annotated[list[str], Grounded("quote"), Evidence(weight=4.0)] = Field(
        min_length=1, description="Verbatim quotes from the article, each the shortest clause that shows a fact."
    )


class ConflictReport(_Record):
    """The events that one article reports; an empty list when it reports none."""

    events: list[Event] = Field(description="All events of the article, the main one first.")
