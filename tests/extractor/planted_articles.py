"""Articles whose every value was planted at a known place: the oracle for grounding.

An article tells of three invented events, in sentences and in an order that a seed decides. Each event has two quotes
as evidence, each value of it stands in the evidence once, and most values stand elsewhere, too: in the other events, in
a headline, in sentences about nothing. Text and values are then disturbed independently of each other.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from extractor.schemas import load_schema, validate_event

TOWNS = ["Oltava", "Merrin Dol", "Al-Qasira", "Port Venn", "Drugovo", "Tel Hamra", "São Brito", "Kövesd", "Sar-e Gulan"]
SITES = [
    "K4 base",
    "the Halden depot",
    "Fort “Rowan”",
    "the N’Dara barracks",
    "Mill-Street market",
    "the old customs yard",
]
GROUPS = ["Sons of the Valley", "Kata’ib al-Wadi", "the Free Hill Front", "Brigade 44", "Ash-Shahir Column", "NVL"]
SOURCES = ["Interior Ministry", "Col. Adem Varga", "Radio Delta", "the governor’s office", "Lieutenant Iva O’Dell"]
NAMES = ["Marta Ilves", "Jonas al-Karim", "Zoë Brandt", "Petar Nikolić", "Ana-Lucía Reyes", "Omar D’Souza"]
DAYS = ["late on Friday", "Tuesday night", "early Sunday", "Monday morning"]
DATES = [
    ("3 March 2021", "2021-03-03"),
    ("March 14", "2021-03-14"),
    ("2021-03-09", "2021-03-09"),
    ("22nd of March", "XXXX-03-22"),
]
WORDS = {
    3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 9: "nine", 11: "eleven", 13: "thirteen", 18: "eighteen",
    21: "twenty-one", 25: "twenty-five", 40: "forty", 112: "one hundred and twelve", 1200: "1,200",
}  # fmt: skip
FILLER = [
    "The road to {town} was closed for repairs most of the winter.",
    "Traders in {town} said that business had been slow.",
    "“We have seen worse,” said a baker who has lived in {town} for {years} years.",
    "Nobody at {source} answered the telephone in the afternoon.",
    "Analysts have written at length about {group} – and about its rivals.",
    "Houses near the river stayed dark, and the buses did not run.",
    "A meeting with {source} had been planned for {day}.",
    "Pictures of {site} were shown on the evening news.",
    "The council voted on a budget of {years} million for schools and drains.",
    "{person} once taught music in a village school.",
    "Rain fell through most of the day; the harvest is expected to be late.",
]


@dataclass
class Planted:
    """One article with its records and the place of every value, by the value's path."""

    text: str
    events: list[dict[str, Any]]
    truth: dict[str, tuple[int, int]]
    disturbances: dict[str, set[str]]

    def value(self, path: str) -> Any:
        content: Any = {"events": self.events}
        for part in path.split("."):
            content = content[int(part)] if part.isdigit() else content[part]
        return content


@dataclass
class _Sentence:
    """Pieces of text; a piece with a key is a planted value."""

    pieces: list[tuple[str | None, str]]
    quote_key: str | None = None


@dataclass
class _Story:
    random: random.Random
    heavy: bool
    sentences: list[_Sentence] = field(default_factory=list)

    def pick(self, choices: list[Any]) -> Any:
        return self.random.choice(choices)


def plant(seed: int, *, words: int = 500, disturbed: bool = True) -> Planted:
    """An article of about `words` words with three events and some forty values."""
    chance = random.Random(seed)  # noqa: S311  # not for secrets
    story = _Story(chance, disturbed)
    facts = [_facts(chance) for _ in range(3)]
    told = [_tell(number, fact) for number, fact in enumerate(facts)]
    body = [sentence for pair in told for sentence in pair]
    size = sum(len(piece.split()) for sentence in body for _, piece in sentence.pieces)
    filler = []
    while size < words - 8:
        text = chance.choice(FILLER).format(**_mentions(chance, facts))
        filler.append(_Sentence([(None, text)]))
        size += len(text.split())
    chance.shuffle(filler)
    cuts = sorted(chance.randrange(len(filler) + 1) for _ in told)
    parts: list[_Sentence] = []
    last = 0
    for cut, pair in zip(cuts, chance.sample(told, len(told)), strict=True):
        parts += [*filler[last:cut], *pair]
        last = cut
    story.sentences = [*parts, *filler[last:]]
    return _assemble(story, facts)


def _facts(chance: random.Random) -> dict[str, Any]:
    counts = chance.sample(sorted(WORDS), 3)
    if chance.random() < 0.3:
        counts[2] = counts[1]  # as many injured as killed, in one sentence
    date = chance.choice(DATES) if chance.random() < 0.5 else (chance.choice(DAYS), None)
    accuser, reporter = chance.sample(SOURCES, 2)
    return {
        "town": chance.choice(TOWNS),
        "site": chance.choice(SITES),
        "group": chance.choice(GROUPS),
        "accuser": accuser,
        "reporter": reporter,
        "victims": chance.sample(NAMES, 2),
        "date": date,
        "weapon": chance.choice([("rocket", "Grizna-2"), ("drone", "Sokil"), ("mortar", "M-81")]),
        "fired": counts[0],
        "killed": counts[1],
        "injured": counts[2],
    }


def _mentions(chance: random.Random, facts: list[dict[str, Any]]) -> dict[str, Any]:
    fact = chance.choice(facts)
    return {
        "town": fact["town"],
        "site": fact["site"],
        "group": fact["group"],
        "source": fact["accuser"],
        "day": fact["date"][0],
        "person": fact["victims"][0],
        "years": chance.choice([fact["fired"], fact["killed"]]),
    }


def _tell(number: int, fact: dict[str, Any]) -> tuple[_Sentence, _Sentence]:
    event = f"events.{number}"
    attack: list[tuple[str | None, str]] = [
        (None, "According to "), (f"{event}.reported_by.0", fact["reporter"]), (None, ", "),
        (f"{event}.munitions.0.fired", f"#{fact['fired']}"), (None, " "),
        (f"{event}.munitions.0.name", fact["weapon"][1]), (None, f" {fact['weapon'][0]}s struck "),
        (f"{event}.locations.0.site", fact["site"]), (None, " in "),
        (f"{event}.locations.0.settlement", fact["town"]), (None, ", "),
        (f"{event}.date.text", fact["date"][0]), (None, ", causing a fire that burned for hours."),
    ]  # fmt: skip
    toll: list[tuple[str | None, str]] = [
        (None, "It was "), (f"{event}.perpetrators.0.blamed_by", fact["accuser"]), (None, " that blamed "),
        (f"{event}.perpetrators.0.name", fact["group"]), (None, " for an attack in which "),
        (f"{event}.casualties.0.count", f"#{fact['killed']}"), (None, " people were killed, among them "),
        (f"{event}.casualties.0.names.0", fact["victims"][0]), (None, ", and "),
        (f"{event}.casualties.1.count", f"#{fact['injured']}"), (None, " injured, such as "),
        (f"{event}.casualties.1.names.0", fact["victims"][1]), (None, "."),
    ]  # fmt: skip
    return _Sentence(attack, f"{event}.evidence.0"), _Sentence(toll, f"{event}.evidence.1")


def _assemble(story: _Story, facts: list[dict[str, Any]]) -> Planted:
    """Write the text, disturbed, noting where everything comes to stand; then the records, disturbed in other ways."""
    chance = story.random
    text = ""
    truth: dict[str, tuple[int, int]] = {}
    disturbances: dict[str, set[str]] = {}
    for sentence in story.sentences:
        start = len(text)
        for key, piece in sentence.pieces:
            written, change = _write(piece, chance, story.heavy)
            if key and story.heavy and _may_lose_space(text, written) and chance.random() < 0.04:
                text = text[:-1]
                disturbances.setdefault(key, set()).add("lost space before")
            if key:
                truth[key] = (len(text), len(text) + len(written))
                disturbances.setdefault(key, set()).update(change)
            text += written
        if sentence.quote_key:
            truth[sentence.quote_key] = (start, len(text))
        text += _stop(chance, story.heavy)
    text = text.rstrip()
    events = [_record(number, fact, text, truth) for number, fact in enumerate(facts)]
    for number, fact in enumerate(facts):
        if fact["date"][1]:
            truth[f"events.{number}.date.value"] = truth[f"events.{number}.date.text"]
    if story.heavy:
        events = [
            _disturb_values(event, f"events.{number}", chance, disturbances) for number, event in enumerate(events)
        ]
    return Planted(text, events, truth, disturbances)


def _write(piece: str, chance: random.Random, heavy: bool) -> tuple[str, set[str]]:
    change = set()
    if piece.startswith("#"):
        number = int(piece[1:])
        spelled = chance.random() < 0.6
        return (WORDS[number] if spelled else str(number)), {"number words"} if spelled else set()
    for name, disturb in TEXT_DISTURBANCES.items():
        if heavy and chance.random() < 0.12 and (disturbed := disturb(piece)) != piece:
            piece = disturbed
            change.add(f"text: {name}")
    return piece, change


def _may_lose_space(text: str, written: str) -> bool:
    """Spaces get lost before long phrases and between a lower-case and an upper-case letter."""
    return (
        text.endswith((" in ", " blamed ", " struck "))
        and (written[0].isupper() or len(written) > 9)
        and (not text.endswith("in ") or written[0].isupper())
    )


def _stop(chance: random.Random, heavy: bool) -> str:
    return chance.choice([" ", " ", "\n\n", "  ", "\u00a0", ""]) if heavy else chance.choice([" ", "\n\n"])


TEXT_DISTURBANCES: dict[str, Callable[[str], str]] = {
    "straight quotes": lambda text: text.replace("’", "'").replace("“", '"').replace("”", '"'),
    "other dash": lambda text: text.replace("-", "\u2011"),
    "no-break space": lambda text: text.replace(" ", "\u00a0", 1),
    "double space": lambda text: text.replace(" ", "  ", 1),
    "decomposed": lambda text: text.replace("ö", "o\u0308").replace("ã", "a\u0303").replace("í", "i\u0301"),
    "soft hyphen": lambda text: text.replace("al", "a\u00adl", 1),
}
VALUE_DISTURBANCES: dict[str, Callable[[str], str]] = {
    "straight quotes": TEXT_DISTURBANCES["straight quotes"],
    "curly quotes": lambda text: text.replace("'", "’"),
    "other dash": lambda text: text.replace("-", "–"),
    "space for dash": lambda text: text.replace("-", " "),
    "double space": TEXT_DISTURBANCES["double space"],
    "lost space": lambda text: text.replace(" ", "", 1) if len(text) > 9 else text,
    "capitals": lambda text: text.upper(),
    "lower case": lambda text: text.lower() if len(text) > 5 else text,
    "no diacritics": lambda text: text.replace("ö", "o").replace("ã", "a").replace("í", "i").replace("ë", "e"),
}


def _record(number: int, fact: dict[str, Any], text: str, truth: dict[str, tuple[int, int]]) -> dict[str, Any]:
    """The record that a faithful reader would write; quotes and names copied from the undisturbed story."""
    schema = load_schema()

    def exactly(count: int) -> dict[str, int]:
        return {"min": count, "max": count}

    event = {
        "role": "main",
        "event_type": "shelling_missile_attack",
        "date": {"text": fact["date"][0], "value": fact["date"][1]},
        "locations": [{"site": fact["site"], "settlement": fact["town"], "country": None}],
        "munitions": [{"type": fact["weapon"][0], "name": fact["weapon"][1], "fired": exactly(fact["fired"])}],
        "perpetrators": [{"name": fact["group"], "status": "blamed", "blamed_by": fact["accuser"]}],
        "casualties": [
            {"effect": "killed", "count": exactly(fact["killed"]), "names": fact["victims"][:1]},
            {"effect": "injured", "count": exactly(fact["injured"]), "names": fact["victims"][1:]},
        ],
        "reported_by": [fact["reporter"]],
        "evidence": [text[slice(*truth[f"events.{number}.evidence.{place}"])] for place in (0, 1)],
    }
    return schema.finish(validate_event(schema, event), number)


def _disturb_values(content: Any, path: str, chance: random.Random, disturbances: dict[str, set[str]]) -> Any:
    """The same record with its texts written otherwise, and its keys in another order."""
    if isinstance(content, dict):
        items = [(key, _disturb_values(value, f"{path}.{key}", chance, disturbances)) for key, value in content.items()]
        chance.shuffle(items)
        return dict(items)
    if isinstance(content, list):
        return [_disturb_values(item, f"{path}.{place}", chance, disturbances) for place, item in enumerate(content)]
    kept = ("role", "event_type", "value", "type", "status", "effect", "id", "kind", "precision", "group")
    if not isinstance(content, str) or path.rpartition(".")[2] in kept:
        return content
    for name, disturb in VALUE_DISTURBANCES.items():
        if chance.random() < 0.08 and (disturbed := disturb(content)) != content:
            content = disturbed
            disturbances.setdefault(path, set()).add(f"value: {name}")
    return content
