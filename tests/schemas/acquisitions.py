"""Company takeovers: a schema that has nothing to do with conflict, so that every feature is tried on a second one.

It has what the conflict schema lacks: floats and integers, a Python date, a nested model that may be null, its evidence
under another name, an evidence-free sibling, and field names of the conflict schema with another shape behind them.
"""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from extractor.schemas.countries import CountryCode
from extractor.schemas.counts import Count
from extractor.schemas.dates import EdtfDate
from extractor.schemas.metadata import Evidence, Grounded, Grouped, Scored, Splits, Totalled


class Sector(Enum):
    """What a company does; an `Enum` where the conflict schema uses literals."""

    shipping = "shipping"
    brewing = "brewing"
    printing = "printing"


class Company(BaseModel):
    """One party of the deal."""

    name: Annotated[str | None, Scored(comparator="name", weight=2.0)] = Field(None, description="As written.")
    country: Annotated[CountryCode | None, Scored(comparator="country", weight=0.5), Grounded("none")] = None
    seat: Annotated[str | None, Scored(tier=2, comparator="place")] = Field(
        None, description="Town of its head office."
    )


class Price(BaseModel):
    """What is paid; null as a whole where no price is told."""

    amount: Annotated[float | None, Scored(weight=2.0)] = Field(None, description="In units of the currency.")
    currency: Annotated[Literal["EUR", "GBP", "USD"] | None, Scored(tier=2, weight=0.5)] = None


class JobChange(BaseModel):
    """Posts cut or created, in disjoint rows."""

    effect: Literal["cut", "created", "moved"] = Field(description="What happens to the posts.")
    site: Annotated[str | None, Scored(tier=2, comparator="place")] = None
    count: Annotated[Count, Scored(tier=3)] = Field(description="How many posts.")


class Adviser(BaseModel):
    """A bank or law firm that advised on the deal."""

    name: Annotated[str, Scored(tier=2, comparator="name", weight=2.0)] = Field(description="As written.")
    fee: Annotated[float | None, Scored(tier=2)] = Field(None, description="In units of the deal's currency.")


class Takeover(BaseModel):
    """One company buys another, or tries to."""

    stage: Annotated[
        Literal["rumoured", "announced", "agreed", "completed", "abandoned"],
        Scored(weight=1.0, near=frozenset({frozenset({"announced", "agreed"})})),
        Splits(),
    ] = Field(description="How far it has come.")
    announced: Annotated[date | None, Scored(weight=2.0)] = Field(None, description="When it was announced.")
    closing: Annotated[EdtfDate | None, Scored(tier=2)] = Field(None, description="When it is to be done.")
    buyer: Annotated[Company, Scored(weight=2.0)] = Field(default_factory=Company, description="Who buys.")
    target: Annotated[Company, Scored(weight=2.0)] = Field(default_factory=Company, description="What is bought.")
    price: Annotated[Price | None, Scored(weight=1.0)] = Field(None, description="What is paid for it.")
    stake: Annotated[float | None, Scored(weight=1.0)] = Field(None, description="Per cent of the shares.")
    bidders: Annotated[int | None, Scored(tier=2, weight=0.0)] = Field(None, description="How many bid, where told.")
    hostile: Annotated[bool | None, Scored(tier=2, weight=0.0)] = Field(None, description="Against the board's will.")
    sectors: Annotated[list[Sector], Scored(tier=2, weight=0.5)] = Field(default_factory=list)
    locations: Annotated[list[str], Scored(tier=2, comparator="place", weight=0.5)] = Field(
        default_factory=list, description="Where the bought company has plants."
    )
    shareholders: Annotated[Count | None, Scored(tier=2)] = Field(None, description="How many sell.")
    jobs: Annotated[
        list[JobChange],
        Scored(weight=0.5),
        Grouped("effect", tiers={"cut": 1}, otherwise=2),
        Totalled("count", tiers={"cut": 1, "moved": 3}),
    ] = Field(default_factory=list, description="Posts cut or created.")
    advisers: Annotated[list[Adviser], Scored(weight=0.5)] = Field(default_factory=list)
    casualties: Annotated[int | None, Scored(tier=3)] = Field(None, description="Bids that fell by the way.")
    quotes: Annotated[list[str], Grounded("quote"), Evidence(weight=3.0)] = Field(
        min_length=1, description="Verbatim quotes from the article."
    )


class TakeoverReport(BaseModel):
    """The deals that one article reports."""

    model_config = ConfigDict(extra="forbid")

    deals: list[Takeover] = Field(description="All deals of the article.")


class Appointment(BaseModel):
    """Somebody takes an office: an event without any evidence, given as a bare event and not as a whole answer."""

    person: Annotated[str, Scored(comparator="name", weight=2.0)] = Field(description="As written.")
    office: Annotated[str | None, Scored(weight=1.0)] = Field(None, description="As written.")
    begins: date | None = Field(None, description="First day in office.")
    salary: int | None = None


TAKEOVERS = "tests.schemas.acquisitions:TakeoverReport"
APPOINTMENTS = "tests.schemas.acquisitions:Appointment"
