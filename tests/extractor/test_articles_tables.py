"""JSONL, JSON, CSV, TSV and Parquet: every row gives an article or an error that names its place."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.articles import read_articles
from extractor.errors import ArticleError
from extractor.records import Article

TEXT = "A column of the Reed Guard fired on Orlava."


def read(path: Path, data: bytes | str, **options: Any) -> list[Article | ArticleError]:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return list(read_articles([str(path)], **options))


def errors(found: list[Article | ArticleError]) -> list[str]:
    messages = [str(each) for each in found if isinstance(each, ArticleError)]
    assert not any("\n" in message for message in messages)
    return messages


def ids(found: list[Article | ArticleError]) -> list[str]:
    return [each.id for each in found if isinstance(each, Article)]


@pytest.mark.parametrize("suffix", ["jsonl", "ndjson"])
def test_json_lines_keep_their_text_and_their_other_columns(tmp_path: Path, suffix: str) -> None:
    row = {
        "doc_id": 7,
        "Body": "First.\r\nSecond.",
        "headline": "Guns",
        "published_at": "2031-05-04T23:10:00-05:00",
        "outlet": "Fen Courier",
        "link": "https://fen.example/7",
        "tags": ["war", None],
    }
    (article,) = read(tmp_path / f"a.{suffix}", json.dumps(row))
    assert article == Article(
        id="7",
        text="First.\r\nSecond.",
        title="Guns",
        published=date(2031, 5, 4),
        source="Fen Courier",
        url="https://fen.example/7",
        metadata={"tags": ["war", None]},
    )


@pytest.mark.parametrize("raw", ["4 May 2031", "2031", "05/04/2031", 20310504, ["2031-05-04"]])
def test_an_unusable_date_leaves_the_article_undated_and_stays_in_the_metadata(tmp_path: Path, raw: Any) -> None:
    (article,) = read(tmp_path / "a.jsonl", json.dumps({"text": TEXT, "date": raw}))
    assert isinstance(article, Article)
    assert article.published is None
    assert article.metadata == {"date": raw}


def test_rows_without_an_id_are_called_by_file_and_line(tmp_path: Path) -> None:
    line = json.dumps({"text": TEXT, "id": " "})
    assert ids(read(tmp_path / "news.jsonl", f"{line}\n\n{line}")) == ["news-000001", "news-000003"]


def test_every_broken_line_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    good = json.dumps({"id": "good", "text": TEXT}).encode()
    lines = [
        b'{"text": "never closed',
        b"[1, 2]",
        b'"text"',
        b'{"title": "no text"}',
        b'{"id": "n", "text": null}',
        b'{"id": "e", "text": " "}',
        b'{"text": 5}',
        b'{"text": "caf\xe9"}',
        b'{"text": "half \\ud83d pair"}',
        b'{"id": "half \\ud83d", "text": "whole"}',
        b'{"text": "nul \\u0000"}',
        b'{"id": true, "text": "whole"}',
        b'{"text": "12-30"}',
        b"[" * 200_000,
        good,
    ]
    path = tmp_path / "a.jsonl"
    found = read(path, b"\r\n".join(lines))
    assert ids(found) == ["good"]
    expected = [
        "1 is not valid JSON: Unterminated string starting at (column 10)",
        "2 is a list",
        "3 is a bare value",
        "4 has no text column (text, body, content, article); name it with --text-field, columns found: 'title'",
        "5: 'text' holds nothing",
        "6 is empty",
        "7: 'text' holds a int",
        "8 is not UTF-8: byte 0xE9 at offset 13",
        "9 holds half a surrogate pair",
        "10 holds half a surrogate pair",
        "11 holds a NUL character at offset 4",
        "12: the id in 'id' is a bool",
        "13 has no letters",
        "14 is not valid JSON: nested too deeply",
    ]
    for message, start in zip(errors(found), expected, strict=True):
        assert message.startswith(f"{path}:{start}")
    names = [each.article_id for each in found if isinstance(each, ArticleError)]
    assert names[:6] == [f"{path}:1", f"{path}:2", f"{path}:3", f"{path}:4", "n", "e"]


def test_not_a_number_is_read_as_null(tmp_path: Path) -> None:
    (article,) = read(tmp_path / "a.jsonl", '{"text": "Shots.", "title": NaN, "toll": NaN}')
    assert article == Article(id="a-000001", text="Shots.", metadata={"title": None, "toll": None})


def test_an_article_and_a_line_beyond_the_limit_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = [{"text": "word " * 21}, {"text": "word " * 500_000}, {"id": "good", "text": "word " * 20}]
    found = read(path, "\n".join(map(json.dumps, lines)), max_chars=100)
    assert ids(found) == ["good"]
    first, second = errors(found)
    assert first.startswith(f"{path}:1 has 105 characters, and an article may have 100;")
    assert second.startswith(f"{path}:2 is too long, and an article may have 100;")


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.jsonl", b"", "is empty"),
        ("a.jsonl", b"\n\n", "holds no articles"),
        ("a.jsonl", b"PAR1\0\0", "is a binary file"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"id,text\n", "holds no articles"),
        ("a.csv", b"PK\0\0", "is a binary file"),
        ("a.csv", b"id,t\xe9xt\n", ":1 is not UTF-8"),
        ("a.csv", b"id,headline,note\n1,x,y\n", "columns found: 'id', 'headline', 'note'"),
        ("a.csv", b"\n\n", "columns found: none"),
        ("a.json", b"", "is empty"),
        ("a.json", b"[]", "holds no articles"),
        ("a.json", b"{", "is not valid JSON"),
        ("a.json", b'{"text": "caf\xe9"}', "is not UTF-8: byte 0xE9 at offset 13, line 1"),
        ("a.json", b"5", ":1 is a bare value"),
        ("a.parquet", b"", "is no Parquet file or is damaged"),
        ("a.parquet", b"PAR1 but nothing else", "is no Parquet file or is damaged"),
    ],
)
def test_a_table_that_gives_nothing_says_why(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    found = read(tmp_path / name, data)
    (message,) = errors(found)
    assert len(found) == 1
    assert message.startswith(str(tmp_path / name))
    assert says in message


def test_the_text_column_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    (article,) = read(path, f"text,Lead\nother,{TEXT}\n", text_field="lead")
    assert article == Article(id="a-000001", text=TEXT, metadata={"text": "other"})
    assert "has no column 'lede'" in errors(read(path, "text\nx\n", text_field="lede"))[0]
    line = json.dumps({"lead": TEXT})
    assert ids(read(tmp_path / "b.jsonl", line, text_field="lead")) == ["b-000001"]


def test_a_json_list_or_a_lone_object_is_read(tmp_path: Path) -> None:
    found = read(tmp_path / "a.json", json.dumps([{"text": TEXT}, 5, {"id": "x", "text": TEXT}]))
    assert ids(found) == ["a-000001", "x"]
    assert errors(found)[0].startswith(f"{tmp_path / 'a.json'}:2 is a bare value")
    assert ids(read(tmp_path / "lone.json", json.dumps({"text": TEXT}))) == ["lone"]


@settings(deadline=None)  # files are written
@given(
    texts=st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30).map("x".__add__), min_size=1
    )
)
def test_texts_come_out_of_every_table_as_they_went_in(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([["id", "text"], *enumerate(texts)])
        (Path(folder) / "b.jsonl").write_text(
            "\n".join(json.dumps({"text": text}, ensure_ascii=False) for text in texts), encoding="utf-8", newline=""
        )
        found = list(read_articles([folder]))
    assert [each.text for each in found if isinstance(each, Article)] == texts * 2


@pytest.mark.parametrize(("name", "delimiter"), [("a.csv", ","), ("a.csv", ";"), ("a.csv", "\t"), ("a.tsv", "\t")])
def test_csv_files_come_with_commas_semicolons_or_tabs(tmp_path: Path, name: str, delimiter: str) -> None:
    text = f'He said "go{delimiter} now".\nThey went.'
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerows([["id", "title", "text"], ["x", "", text]])
    (article,) = read(tmp_path / name, buffer.getvalue())
    assert article == Article(id="x", text=text, metadata={"title": ""})


def test_a_spreadsheet_in_utf_16_is_read(tmp_path: Path) -> None:
    (article,) = read(tmp_path / "a.tsv", f"id\ttext\nä\t{TEXT}\n".encode("utf-16"))
    assert article == Article(id="ä", text=TEXT)


def test_a_file_in_utf_16_that_ends_within_a_character_names_its_last_line(tmp_path: Path) -> None:
    found = read(tmp_path / "a.tsv", f"id\ttext\n1\t{TEXT}\n2\t{TEXT}".encode("utf-16")[:-1])
    assert ids(found) == ["1"]
    assert errors(found)[0].startswith(f"{tmp_path / 'a.tsv'}:3 is not UTF-8")


def test_bad_csv_rows_are_named_by_line_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    data = b'id,text\n1,"Two\nlines"\n2\n3,caf\xe9\n\n4,a,b\n5,\n6,Shots.\n'
    found = read(path, data)
    assert ids(found) == ["1", "6"]
    starts = ["4 has 1 values for the 2", "5 is not UTF-8: byte 0xE9 at offset 5", "7 has 3 values", "8 is empty"]
    for message, start in zip(errors(found), starts, strict=True):
        assert message.startswith(f"{path}:{start}")


def test_a_quote_that_is_never_closed_is_an_error_and_no_article_of_all_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    found = read(path, f'id,text\n1,{TEXT}\n2,"{TEXT}\n3,{TEXT}\n')
    assert ids(found) == ["1"]
    assert errors(found)[0].startswith(f"{path}:3 opens a quote that is never closed")


def test_a_csv_row_without_end_is_given_up_within_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    found = read(path, f'id,text\n1,{TEXT}\n2,"' + f"{TEXT}\n" * 50_000, max_chars=100)
    assert ids(found) == ["1"]
    assert errors(found)[0].startswith(f"{path}:3 is too long")
    assert "the rows behind it were not read" in errors(found)[0]


def test_long_csv_fields_are_read_beyond_the_parsers_default_limit(tmp_path: Path) -> None:
    text = "word " * 40_000
    (article,) = read(tmp_path / "a.csv", f"text\n{text}\n")
    assert isinstance(article, Article)
    assert article.text == text


def test_parquet_rows_keep_their_types(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet  # type: ignore[import-untyped]

    moment = datetime(2031, 5, 4, 12, tzinfo=UTC)
    table = pa.table(
        {
            "text": [TEXT, None, TEXT],
            "article_id": [3, 4, None],
            "date": [moment, None, moment],
            "toll": [[1], [], None],
        }
    )
    path = tmp_path / "a.parquet"
    parquet.write_table(table, path, row_group_size=1)
    first, second, third = read_articles([str(path)])
    assert first == Article(id="3", text=TEXT, published=date(2031, 5, 4), metadata={"toll": [1]})
    assert isinstance(second, ArticleError)
    assert (second.article_id, str(second)) == (
        "4",
        f"{path}:2: 'text' holds nothing where the text of the article is wanted",
    )
    assert third == Article(
        id="a-000003", text=TEXT, published=date(2031, 5, 4), metadata={"article_id": None, "toll": None}
    )


def test_a_parquet_value_that_python_cannot_hold_spoils_only_its_row(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    raw = pa.array([b"Shots in Orlava.", b"caf\xe9", b"Calm in Orlava."], pa.binary())
    broken = pa.StringArray.from_buffers(3, raw.buffers()[1], raw.buffers()[2])
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"text": broken}), path)
    found = list(read_articles([str(path)]))
    assert ids(found) == ["a-000001", "a-000003"]
    assert errors(found)[0].startswith(f"{path}:2 cannot be read: 'utf-8' codec can't decode")


def test_a_parquet_file_without_text_names_its_columns(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"id": [1], "summary": ["x"]}), path)
    assert "columns found: 'id', 'summary'" in errors(list(read_articles([str(path)])))[0]


def test_standard_input_is_json_lines_if_it_begins_with_a_brace() -> None:
    data = b'\xef\xbb\xbf {"text": "Shots in Orlava."}\n{broken\n'
    article, error = read_articles(["-"], stdin=io.BytesIO(data))
    assert article == Article(id="stdin-000001", text="Shots in Orlava.")
    assert isinstance(error, ArticleError)
    assert str(error).startswith("stdin:2 is not valid JSON")
    assert error.article_id == "stdin:2"
