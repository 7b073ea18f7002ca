"""Hand-labelled articles outside this repository: what people copied from a text must be found in it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from extractor.grounding import ground
from extractor.schemas import load_schema, validate_event

SEEDS = Path(__file__).resolve().parents[3] / "shared/seeds"
pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason=f"no labelled articles at {SEEDS}")


def labelled() -> list[Path]:
    return sorted(SEEDS.glob("gold/*.json"))


def records(labels: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of an older label file as finished records."""
    schema = load_schema()
    finished = []
    for number, label in enumerate([*labels["events"], *labels.get("optional_events", [])]):
        event = {key: value for key, value in label.items() if key not in ("gold", "id")}
        old = event.pop("date", None) or {}
        value = "/".join(filter(None, [old.get("start"), old.get("end")])) or None
        event["date"] = {"text": old.get("text"), "value": value}
        finished.append(schema.finish(validate_event(schema, event), number))
    return finished


def test_all_labelled_quotes_are_exact_and_nearly_all_values_are_found() -> None:
    statuses: Counter[str] = Counter()
    files = labelled()
    assert files
    for file in files:
        labels = json.loads(file.read_text(encoding="utf-8"))
        text = (SEEDS / "articles" / labels["source_file"]).read_bytes().decode("utf-8")
        for span in ground(text, records(labels), load_schema()):
            if ".evidence." in span.path:
                assert span.status == "exact", (file.name, span)
            else:
                statuses[span.status] += 1
    total = sum(statuses.values())
    assert statuses["ambiguous"] + statuses["fuzzy"] == 0
    assert (statuses["exact"] + statuses["folded"]) / total > 0.8
    assert statuses["ungrounded"] / total < 0.06
