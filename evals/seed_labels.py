"""Label files in the older arrangement (`doc_id`, `source_file`, a `gold` block in each event), read as gold format 1.

Pure: dictionaries in, dictionaries out. `evals gold convert` writes the result to files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_seed_labels(data: Mapping[str, Any]) -> bool:
    """Whether a label file is in the older arrangement."""
    return "doc_id" in data and "schema_version" in data


def from_seed_labels(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same labels in gold format 1, stand-off: the text is named by `text_file`."""
    doc = data.get("doc") or {}
    converted: dict[str, Any] = {
        "format": 1,
        "id": data["doc_id"],
        "published": doc.get("published_at"),
        "source": doc.get("outlet"),
        "language": "en",
        "fictional": False,
        "text_file": data["source_file"],
        "events": [],
        "optional": [],
        "not_events": data.get("not_events") or [],
        "accept": {},
        "incidents": {},
        "when_published_known": {},
        "notes": {"traps": data.get("traps") or []},
    }
    for key, source in (("events", "events"), ("optional", "optional_events")):
        for index, event in enumerate(data.get(source) or []):
            _take(converted, key, index, event)
    return converted


def _take(converted: dict[str, Any], key: str, index: int, event: Mapping[str, Any]) -> None:
    at = f"{key}.{index}"
    labels = {name: value for name, value in event.items() if name not in ("id", "gold")}
    labels["date"] = _date(event.get("date"))
    converted[key].append(labels)
    block = event.get("gold") or {}
    for path, values in (block.get("accept") or {}).items():
        converted["accept"][f"{at}.{path}"] = values
    if block.get("cluster_id"):
        converted["incidents"][at] = block["cluster_id"]
    if block.get("note"):
        converted["notes"][at] = block["note"]
    known = block.get("date_if_published_known")
    if key == "events" and known and _date(known) != labels["date"]:
        converted["when_published_known"][f"{at}.date"] = _date(known)


def _date(label: Mapping[str, Any] | None) -> dict[str, Any]:
    """`start`, `end`, `precision` as one EDTF value; precision is computed from it."""
    if not label:
        return {"text": None, "value": None}
    start, end = label.get("start"), label.get("end")
    return {"text": label.get("text"), "value": f"{start}/{end}" if start and end and end != start else start}
