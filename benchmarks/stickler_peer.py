"""stickler-eval on the events of `test_scoring.py`, flattened to 13 fields of its own model; in the extra `peers`."""

from __future__ import annotations

from typing import Any

from stickler import ComparableField, StructuredModel  # type: ignore[import-untyped]


class FlatEvent(StructuredModel):  # type: ignore[misc]
    role: str | None = ComparableField(default=None)
    event_type: str | None = ComparableField(default=None)
    date: str | None = ComparableField(default=None)
    site: str | None = ComparableField(default=None)
    settlement: str | None = ComparableField(default=None)
    admin1: str | None = ComparableField(default=None)
    country: str | None = ComparableField(default=None)
    weapon: str | None = ComparableField(default=None)
    fired: str | None = ComparableField(default=None)
    perpetrator: str | None = ComparableField(default=None)
    status: str | None = ComparableField(default=None)
    killed: str | None = ComparableField(default=None)
    target: str | None = ComparableField(default=None)


class FlatArticle(StructuredModel):  # type: ignore[misc]
    events: list[FlatEvent] = ComparableField(default=[])


def compare_all(pairs: list[Any]) -> None:
    """Compare every article, with the confusion matrix that per-field figures need."""
    for gold, predicted in pairs:
        left = FlatArticle(events=[_flat(event) for event in gold.events])
        right = FlatArticle(events=[_flat(event) for event in predicted])
        left.compare_with(right, include_confusion_matrix=True)


def _flat(event: dict[str, Any]) -> dict[str, Any]:
    place = next(iter(event["locations"]), {})
    weapon = next(iter(event["munitions"]), {})
    who = next(iter(event["perpetrators"]), {})
    killed = next((row["count"] for row in event["casualties"] if row["effect"] == "killed"), None)
    return {
        "role": event["role"],
        "event_type": event["event_type"],
        "date": event["date"]["value"],
        **{level: place.get(level) for level in ("site", "settlement", "admin1", "country")},
        "weapon": weapon.get("type"),
        "fired": str(weapon["fired"]) if weapon.get("fired") else None,
        "perpetrator": who.get("name"),
        "status": who.get("status"),
        "killed": str(killed) if killed else None,
        "target": next(iter(event["targets"]), {}).get("name"),
    }
