"""Reading a folder of MUC-4 data (gold, published predictions, official reports of 1992) for `evals.literature`.

The only place where those files are opened. Nothing here is tied to one test set: predictions and reports are found
in the folder. Layout:

    gold_templates.jsonl            {"docid", "templates": [{"incident_type", ROLE: [[[mention, offset], …], …], …}]}
    gold_entities.jsonl             {"docid", "extracts": {ROLE: [[[mention, offset], …], …], …}}
    predictions/NAME.jsonl          as either of the above with mentions as plain strings
    predictions/NAME.released.jsonl {DOCID: [{"incident_type", ROLE: [[mention, …], …], …}]}, several lines a text
    official_1992/scores/NAME.json  {"system", "columns", "f_measures", "totals", "pairs"}

`predictions/` and `official_1992/scores/` may be absent. Other keys of a line or report are ignored, those of a
template or of extracts are not: a misspelt role is an error.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError

from evals.literature.muc4 import COLUMNS, SLOTS, FMeasures, PairStatus, SlotCounts, TemplatePair
from evals.literature.reproduction import ExtractsByText, OfficialReport, TemplatesByText, TestSet, figures
from evals.literature.templates import Extracts, RawMention, Template, extracts_from, merge_released

_Raw = TypeVar("_Raw", bound=BaseModel)
_Content = TypeVar("_Content")


class Muc4FileError(ValueError):
    """A file is missing or a line of it is not as documented; the message is one line and says what to do."""


@dataclass(frozen=True, slots=True)
class TemplatePredictions:
    """A prediction file in template form, or in released form brought to template form."""

    name: str
    by_text: TemplatesByText


@dataclass(frozen=True, slots=True)
class EntityPredictions:
    """A prediction file in entity form."""

    name: str
    by_text: ExtractsByText


def compute_expected(folder: Path) -> dict[str, Any]:
    """Compute every published figure for a test set, in the structure of its `expected.json`.

    Raises:
        Muc4FileError: a gold file is missing, or any file is not as documented.
        TooManyMappingsError: GTT F1 is out of reach for a text (a ValueError like the other).
    """
    return figures(read_test_set(folder))


def read_test_set(folder: Path) -> TestSet:
    """Read gold, every prediction and every official report of a folder.

    Where `NAME.jsonl` and `NAME.released.jsonl` are both there, the first is taken.

    Raises:
        Muc4FileError: a file is not as documented; the two gold files name different texts; a prediction names a
            text that gold has not.
    """
    gold_templates = read_gold_templates(folder / "gold_templates.jsonl")
    gold_entities = read_gold_entities(folder / "gold_entities.jsonl")
    if different := sorted(gold_templates.keys() ^ gold_entities.keys()):
        raise Muc4FileError(
            f"{folder}: text {different[0]} is in only one of gold_templates.jsonl and gold_entities.jsonl; add it"
        )
    templates: dict[str, TemplatesByText] = {}
    entities: dict[str, ExtractsByText] = {}
    for path in prediction_files(folder):
        predictions = read_predictions(path)
        if unknown := sorted(predictions.by_text.keys() - gold_templates.keys()):
            raise Muc4FileError(f"{path}: text {unknown[0]} is not in the gold of this folder; remove its line")
        if isinstance(predictions, TemplatePredictions):
            templates[predictions.name] = predictions.by_text
        else:
            entities[predictions.name] = predictions.by_text
    reports = tuple(read_official_report(path) for path in sorted((folder / "official_1992" / "scores").glob("*.json")))
    return TestSet(gold_templates, gold_entities, templates, entities, reports)


def prediction_files(folder: Path) -> list[Path]:
    """The prediction files of a folder by name, released forms only where there is no template form."""
    paths = sorted((folder / "predictions").glob("*.jsonl"))
    plain = {path.name for path in paths}
    return [path for path in paths if not (_is_released(path) and f"{prediction_name(path)}.jsonl" in plain)]


def prediction_name(path: Path) -> str:
    """The name under which a prediction file is reported: `NAME.jsonl` and `NAME.released.jsonl` give NAME."""
    return path.name.removesuffix(".jsonl").removesuffix(".released")


def read_gold_templates(path: Path) -> dict[str, tuple[Template, ...]]:
    """Read the gold templates of each text, in file order.

    Raises:
        Muc4FileError: the file is missing or a line is not as documented.
    """
    return _by_text(path, _TemplatesLine, _TemplatesLine.content)


def read_texts(path: Path) -> dict[str, str]:
    """Read the text that stands in `doctext` of each line of a gold file, in file order.

    Raises:
        Muc4FileError: the file is missing or a line is not as documented.
    """
    return _by_text(path, _DocumentLine, lambda line: line.doctext)


def read_gold_entities(path: Path) -> dict[str, Extracts]:
    """Read the gold entities of each text, in file order.

    Raises:
        Muc4FileError: the file is missing or a line is not as documented.
    """
    return _by_text(path, _ExtractsLine, _ExtractsLine.content)


def read_predictions(path: Path) -> TemplatePredictions | EntityPredictions:
    """Read a prediction file in template, released or entity form.

    The released form is told by the file name (`NAME.released.jsonl`), the others by the keys of the first line; a
    file without lines is taken to be in template form.

    Raises:
        Muc4FileError: the file is missing or a line is not as documented.
    """
    name = prediction_name(path)
    if _is_released(path):
        lines = (_parsed(line, place, _ReleasedLine, _ReleasedLine.content) for place, line in _lines(path))
        return TemplatePredictions(name, merge_released(text for texts in lines for text in texts))
    if _is_entity_form(path):
        return EntityPredictions(name, _by_text(path, _ExtractsLine, _ExtractsLine.content))
    return TemplatePredictions(name, _by_text(path, _TemplatesLine, _TemplatesLine.content))


def read_official_report(path: Path) -> OfficialReport:
    """Read an official report of 1992.

    Raises:
        Muc4FileError: the file is missing, is not as documented, or has a row whose counts do not add up.
    """
    return _parsed(_content(path), str(path), _Report, _Report.content)


class _Exact(BaseModel):
    """What a file holds: JSON types as they are, nothing coerced."""

    model_config = ConfigDict(strict=True)


class _RawTemplate(_Exact):
    """Every key but the type is a role; `extracts_from` refuses other names."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, list[list[RawMention]]]

    incident_type: str

    def content(self) -> Template:
        return Template(self.incident_type, extracts_from(self.__pydantic_extra__))


class _TextLine(_Exact):
    docid: str


class _DocumentLine(_TextLine):
    doctext: str


class _TemplatesLine(_TextLine):
    templates: list[_RawTemplate]

    def content(self) -> tuple[Template, ...]:
        return tuple(raw.content() for raw in self.templates)


class _ExtractsLine(_TextLine):
    extracts: dict[str, list[list[RawMention]]]

    def content(self) -> Extracts:
        return extracts_from(self.extracts)


class _ReleasedLine(RootModel[dict[str, list[_RawTemplate]]]):
    def content(self) -> list[tuple[str, tuple[Template, ...]]]:
        return [(text, tuple(raw.content() for raw in templates)) for text, templates in self.root.items()]


class _Pair(_Exact):
    doc: str
    status: PairStatus
    slots: dict[str, list[int]]

    def content(self) -> TemplatePair:
        unknown = sorted(self.slots.keys() - {*SLOTS, "TOTAL"})
        if unknown:
            raise ValueError(f"pair of {self.doc}: unknown slot {unknown[0]!r}")
        return TemplatePair(self.status, {slot: _row(counts) for slot, counts in self.slots.items()})


class _Report(_Exact):
    system: str
    columns: list[str]
    f_measures: tuple[float, float, float]
    totals: dict[str, list[int]]
    pairs: list[_Pair]

    def content(self) -> OfficialReport:
        if self.columns != list(COLUMNS):
            raise ValueError(f"the columns must be {', '.join(COLUMNS)}, in this order")
        return OfficialReport(
            system=self.system,
            printed_f=FMeasures(*self.f_measures),
            printed_totals={name: _row(counts) for name, counts in self.totals.items()},
            pairs=tuple(pair.content() for pair in self.pairs),
        )


_TextLineT = TypeVar("_TextLineT", bound=_TextLine)


def _row(counts: list[int]) -> SlotCounts:
    if len(counts) != len(COLUMNS):
        raise ValueError(f"a row needs {len(COLUMNS)} counts, this one has {len(counts)}")
    return SlotCounts(*counts)


def _by_text(path: Path, model: type[_TextLineT], convert: Callable[[_TextLineT], _Content]) -> dict[str, _Content]:
    """Read a file with one line per text."""
    texts: dict[str, _Content] = {}
    for place, line in _lines(path):
        text, content = _parsed(line, place, model, lambda raw: (raw.docid, convert(raw)))
        if text in texts:
            raise Muc4FileError(f"{place}: text {text} has a line already; keep one of them")
        texts[text] = content
    return texts


def _parsed(text: str, place: str, model: type[_Raw], convert: Callable[[_Raw], _Content]) -> _Content:
    """Validate and convert; whatever is wrong becomes one line that begins with the place."""
    try:
        return convert(model.model_validate_json(text))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        problem = f"{'.'.join(map(str, first['loc']))}: {first['msg']}" if first["loc"] else first["msg"]
    except ValueError as error:
        problem = str(error)
    raise Muc4FileError(f"{place}: {problem}; correct it or take the file from its source again")


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """The lines that are not blank, each with its place as `file:number`."""
    for number, line in enumerate(_content(path).split("\n"), start=1):
        if line.strip():
            yield f"{path}:{number}", line


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Muc4FileError(f"{path}: not UTF-8 at byte {error.start}; convert the file to UTF-8") from None
    except OSError as error:
        raise Muc4FileError(f"{path}: cannot be read ({error.strerror}); put the file there") from None


def _is_released(path: Path) -> bool:
    return path.name.endswith(".released.jsonl")


def _is_entity_form(path: Path) -> bool:
    for _, line in _lines(path):
        try:
            first = json.loads(line)
        except ValueError:
            return False  # reported with its place when the file is read
        return isinstance(first, dict) and "extracts" in first
    return False
