"""The rows of JSONL, JSON, CSV, TSV and Parquet files, one at a time: no file is ever held as a whole but `.json`."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from io import BufferedReader
from typing import Any, BinaryIO

from extractor.articles.decoding import (
    bounded_lines,
    decode,
    is_unicode,
    read_at_most,
    row_bytes,
    too_long,
    utf8_lines,
    wrong_encoding,
)
from extractor.articles.fields import Options, Row, no_text_column, text_column
from extractor.errors import ArticleError

_JSON_BYTES = 64 * 1024 * 1024
_PARQUET_BATCH = 64
_JSON = json.JSONDecoder(parse_constant=lambda _: None)
"""Writers that know no null put NaN, which is not JSON and could not be written again: it is read as null."""


def jsonl_rows(stream: BinaryIO, *, name: str, options: Options) -> Iterator[Row | ArticleError]:
    """A row for every line that holds a JSON object; blank lines are skipped, NaN is read as null."""
    reader = utf8_lines(stream)
    if refusal := _no_text(reader, name):
        yield refusal
        return
    for number, line in enumerate(bounded_lines(reader, row_bytes(options.max_chars)), start=1):
        place = f"{name}:{number}"
        if line is None:
            yield ArticleError(f"{place} {too_long(options.max_chars)}", article_id=place)
        elif line.strip():
            try:
                row = Row(number, place, _json_object(line, place, number))
            except ArticleError as error:
                yield error
            else:
                yield row


def _no_text(reader: BufferedReader, name: str) -> ArticleError | None:
    """What is wrong with a file that is empty or no text at all."""
    if not (start := reader.peek(1)):
        return ArticleError(f"{name} is empty", article_id=name)
    if b"\0" in start:
        return ArticleError(f"{name} is a binary file, not text; give a text file in UTF-8", article_id=name)
    return None


def _json_object(line: bytes, place: str, number: int) -> dict[str, Any]:
    line = line.rstrip(b"\r\n")
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise wrong_encoding(line, error, name=place, line=number) from error
    return _object(_parse(text, place), place)


def _parse(text: str, place: str) -> Any:
    try:
        value = _JSON.decode(text)
        written = json.dumps(value, ensure_ascii=False) if "\\u" in text else ""
    except (ValueError, RecursionError) as error:
        raise ArticleError(f"{place} is not valid JSON: {_json_problem(error)}", article_id=place) from error
    if not is_unicode(written):
        reason = "holds half a surrogate pair, which is no character; write the row again as UTF-8"
        raise ArticleError(f"{place} {reason}", article_id=place)
    return value


def _json_problem(error: ValueError | RecursionError) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return "nested too deeply" if isinstance(error, RecursionError) else one_line(error)
    line = f"line {error.lineno}, " if error.lineno > 1 else ""
    return f"{error.msg} ({line}column {error.colno})"


def _object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        kind = "a list" if isinstance(value, list) else "a bare value"
        raise ArticleError(f"{place} is {kind}, not an object; give one JSON object for each article", article_id=place)
    return value


def json_rows(stream: BinaryIO, *, name: str) -> Iterator[Row | ArticleError]:
    """A row for every object in a JSON list, or one for a lone object. At most 64 MiB: JSON cannot be streamed."""
    data = read_at_most(stream, _JSON_BYTES)
    if not data:
        yield ArticleError(f"{name} is empty", article_id=name)
        return
    if len(data) > _JSON_BYTES:
        reason = "is larger than 64 MiB; make it JSONL, which is read line by line: jq -c '.[]'"
        yield ArticleError(f"{name} {reason}", article_id=name)
        return
    try:
        values = _parse(decode(data, name=name), name)
    except ArticleError as error:
        yield error
        return
    if isinstance(values, dict):
        yield Row(None, name, values)
        return
    for number, value in enumerate(values if isinstance(values, list) else [values], start=1):
        place = f"{name}:{number}"
        try:
            row = Row(number, place, _object(value, place))
        except ArticleError as error:
            yield error
        else:
            yield row


class _RowTooLongError(Exception):
    """A row of a CSV file has no end within the bound."""


class _CsvLines(Iterator[str]):
    """The lines of a CSV file as text, with what the parser does not tell about the row that it is in.

    Attributes:
        exhausted: the file's end was met, so a row that is returned nevertheless was not closed.
        undecodable: the error of the first line in this row that is not UTF-8, and its bytes.
    """

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self._lines = bounded_lines(stream, limit)
        self._limit = limit
        self.begin_row()
        self.exhausted = False

    def begin_row(self) -> None:
        self._taken = 0
        self.undecodable: tuple[bytes, UnicodeDecodeError] | None = None

    def __next__(self) -> str:
        try:
            line = next(self._lines)
        except StopIteration:
            self.exhausted = True
            raise
        if line is None or self._taken + len(line) > self._limit:
            raise _RowTooLongError
        self._taken += len(line)
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            self.undecodable = self.undecodable or (line, error)
            return line.decode(errors="replace")  # keeps the row's shape; the row itself is refused


def csv_rows(stream: BinaryIO, *, name: str, tabs: bool, options: Options) -> Iterator[Row | ArticleError]:
    """A row for every record behind the header. Commas, semicolons or tabs, as the header shows; quotes as in RFC 4180.

    Rows are numbered from 1 behind the header; places are lines of the file, since quoted text may span lines.
    """
    reader = utf8_lines(stream)
    if refusal := _no_text(reader, name):
        yield refusal
        return
    limit = row_bytes(options.max_chars)
    # The bound is the process's, not the parser's: it is only ever raised. Ours is kept by _CsvLines.
    csv.field_size_limit(max(csv.field_size_limit(), limit))
    lines = _CsvLines(reader, limit)
    try:
        first = next(lines)
    except _RowTooLongError:
        yield ArticleError(f"{name}:1 is no header: the line is longer than {limit:,} bytes", article_id=name)
        return
    if lines.undecodable:
        line, error = lines.undecodable
        yield wrong_encoding(line, error, name=f"{name}:1", line=1)
        return
    header, delimiter = _header(first, ("\t",) if tabs else (",", ";", "\t"), options.text_field)
    if text_column(header, options.text_field) is None:
        yield no_text_column(name, header, options.text_field)
        return
    yield from _csv_records(lines, header, delimiter, name=name, options=options)


def _header(line: str, delimiters: tuple[str, ...], text_field: str | None) -> tuple[list[str], str]:
    readings = [(next(csv.reader([line], delimiter=delimiter), []), delimiter) for delimiter in delimiters]
    return next((reading for reading in readings if text_column(reading[0], text_field) is not None), readings[0])


def _csv_records(
    lines: _CsvLines, header: list[str], delimiter: str, *, name: str, options: Options
) -> Iterator[Row | ArticleError]:
    records = csv.reader(lines, delimiter=delimiter)
    number = 0
    while True:
        line_number = records.line_num + 2  # the header was taken from the lines before the parser saw them
        place = f"{name}:{line_number}"
        lines.begin_row()
        try:
            values = next(records)
        except StopIteration:
            return
        except _RowTooLongError:
            reason = f"{too_long(options.max_chars)}, or close its quote; the rows behind it were not read"
            yield ArticleError(f"{place} {reason}", article_id=place)
            return
        except csv.Error as error:
            number += 1
            yield ArticleError(f"{place} is not valid CSV: {one_line(error)}", article_id=place)
            continue
        if not values:
            continue
        number += 1
        if lines.exhausted:
            reason = "opens a quote that is never closed, so all behind it was read as this row; close the quote"
            yield ArticleError(f"{place} {reason}", article_id=place)
        elif lines.undecodable:
            line, undecodable = lines.undecodable
            yield wrong_encoding(line, undecodable, name=place, line=line_number)
        elif len(values) != len(header):
            reason = f"has {len(values)} values for the {len(header)} columns of the header; check its quotes"
            yield ArticleError(f"{place} {reason}", article_id=place)
        else:
            yield Row(number, place, dict(zip(header, values, strict=True)))


def parquet_rows(stream: BinaryIO, *, name: str, options: Options) -> Iterator[Row | ArticleError]:
    """A row for every row of a Parquet file, read by row group in small batches; places count rows from 1."""
    from pyarrow import ArrowException, parquet  # type: ignore[import-untyped]

    number = 0
    try:
        with parquet.ParquetFile(stream, pre_buffer=False) as file:
            columns = file.schema_arrow.names
            if text_column(columns, options.text_field) is None:
                yield no_text_column(name, columns, options.text_field)
                return
            for batch in file.iter_batches(batch_size=_PARQUET_BATCH, use_threads=False):
                for values in _batch_rows(batch):
                    number += 1
                    place = f"{name}:{number}"
                    if isinstance(values, Exception):
                        yield ArticleError(f"{place} cannot be read: {one_line(values)}", article_id=place)
                    else:
                        yield Row(number, place, values)
    except ArrowException as error:
        behind = f" behind row {number}" if number else ""
        yield ArticleError(f"{name} is no Parquet file or is damaged{behind}: {one_line(error)}", article_id=name)


def _batch_rows(batch: Any) -> Iterator[dict[str, Any] | Exception]:
    try:
        yield from batch.to_pylist()
    except ValueError:  # one value that Python cannot hold spoils the batch: find its row
        for index in range(batch.num_rows):
            try:
                yield batch.slice(index, 1).to_pylist()[0]
            except ValueError as error:
                yield error


def one_line(error: BaseException) -> str:
    """What an error of another library says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__
