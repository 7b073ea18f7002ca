"""Text and Markdown files: what the text of an article is, and which files give none."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.articles import DEFAULT_MAX_CHARS, read_articles
from extractor.errors import ArticleError, UsageError
from extractor.records import Article

REPORT = "Shells fell on the market of Orlava.\nThree traders died, the café owner said.\n"


def one(path: Path | str, max_chars: int = DEFAULT_MAX_CHARS) -> Article:
    (found,) = read_articles([str(path)], max_chars=max_chars)
    assert isinstance(found, Article), found
    return found


def refused(path: Path | str, max_chars: int = DEFAULT_MAX_CHARS) -> ArticleError:
    (found,) = read_articles([str(path)], max_chars=max_chars)
    assert isinstance(found, ArticleError), found
    assert "\n" not in str(found)
    assert str(found).startswith(str(path))
    return found


def written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_a_text_file_is_read_exactly_and_nothing_is_guessed(tmp_path: Path) -> None:
    path = written(tmp_path, "orlava.txt", REPORT.encode())
    assert one(path) == Article(id="orlava", text=REPORT)


@settings(deadline=None)  # files are written
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_offsets_in_a_text_file_are_those_of_python_reading_it(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), "a.txt", b"x" + text.encode())
        assert one(path).text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("encoding", "mark"), [("utf-8-sig", b""), ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")]
)
def test_a_byte_order_mark_is_obeyed_and_is_no_part_of_the_text(tmp_path: Path, encoding: str, mark: bytes) -> None:
    path = written(tmp_path, "a.txt", mark + REPORT.encode(encoding))
    assert one(path).text == REPORT


def test_line_ends_of_other_systems_become_newlines(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", b"one\r\n\r\ntwo\rthree\n")
    assert one(path).text == "one\n\ntwo\nthree\n"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n\t\n", "is empty"),
        (b"12 : 30 -- 17!\n", "no letters"),
        (b"A report\0 with a hole", "NUL byte at offset 8"),
        ("A report".encode("utf-16-le"), "UTF-16 without a byte order mark"),
        (b"\xff\xfeA\x00\x00\x00", "NUL character at offset 1"),
        (b"\x89PNG\x01\x02\xff\xfe" * 9, "is a binary file"),
        (b"\xff\xfeA\x00b", "is not UTF-16"),
    ],
)
def test_a_file_without_a_usable_text_is_an_error_of_one_line(tmp_path: Path, data: bytes, says: str) -> None:
    assert says in str(refused(written(tmp_path, "a.txt", data)))


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_wrong_encoding_names_byte_line_and_remedy(tmp_path: Path, mark: bytes) -> None:
    data = mark + b"Shells fell on the market of Orlava.\nNext to it the caf\xe9 burned.\n"
    path = written(tmp_path, "old report.txt", data)
    message = str(refused(path))
    assert f"byte 0xE9 at offset {data.index(0xE9)}, line 2" in message
    assert f"iconv -f WINDOWS-1252 -t UTF-8 '{path}'" in message


@pytest.mark.skipif(sys.platform == "win32", reason="iconv is a Unix tool")
def test_the_remedy_for_a_wrong_encoding_works(tmp_path: Path) -> None:
    path = written(tmp_path, "old.txt", REPORT.encode("cp1252"))
    command = str(refused(path)).rpartition(": ")[2]
    converted = subprocess.run(command, shell=True, capture_output=True, check=True).stdout  # noqa: S602 - as a user would
    assert converted.decode() == REPORT


@pytest.mark.parametrize("unit", ["word ", "слово ", "字字字字 "])
def test_five_megabytes_are_refused_in_every_script_and_the_way_out_is_named(tmp_path: Path, unit: str) -> None:
    data = (unit * (5_000_000 // len(unit.encode()) + 1)).encode()
    error = refused(written(tmp_path, "long.txt", data))
    assert "--max-chars" in str(error)
    assert "1,000,000" in str(error)


def test_the_limit_counts_characters_and_includes_its_own_length(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", "é\r\n".encode() * 10)
    assert len(one(path, max_chars=20).text) == 20
    assert "has 20 characters, and an article may have 19" in str(refused(path, max_chars=19))


def test_a_missing_file_is_an_error_and_the_others_are_read(tmp_path: Path) -> None:
    good = written(tmp_path, "good.txt", REPORT.encode())
    missing = str(tmp_path / "gone.txt")
    first, second = read_articles([missing, str(good)])
    assert isinstance(first, ArticleError)
    assert str(first) == f"{missing} does not exist; check the path"
    assert first.article_id == missing
    assert isinstance(second, Article)


@pytest.mark.parametrize(("name", "says"), [("a.docx", "unknown suffix '.docx'"), ("report", "no suffix")])
def test_an_unknown_suffix_says_which_are_known(tmp_path: Path, name: str, says: str) -> None:
    message = str(refused(written(tmp_path, name, REPORT.encode())))
    assert says in message
    assert ".txt .md .html .htm .jsonl .ndjson .json .csv .tsv .parquet" in message


def test_a_suffix_may_be_in_capitals(tmp_path: Path) -> None:
    assert one(written(tmp_path, "A.TXT", REPORT.encode())).id == "A"


def test_a_link_to_itself_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "loop.txt"
    path.symlink_to(path)
    assert "cannot be read" in str(refused(path))


@pytest.fixture
def foreign_folder() -> Iterator[Path]:
    """A folder that an ordinary user may enter; as root, the process becomes one for the test."""
    if sys.platform == "win32":
        pytest.skip("permissions are Unix permissions here")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # noqa: S103, PTH101 - the point of the fixture
        yield Path(folder)


def as_ordinary_user(source: str) -> list[Article | ArticleError]:
    if os.geteuid() != 0:
        return list(read_articles([source]))
    os.seteuid(65534)
    try:
        return list(read_articles([source]))
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("source", ["closed.txt", "", "shut/a.txt"])
def test_what_the_user_may_not_read_is_an_error_and_the_rest_is_read(foreign_folder: Path, source: str) -> None:
    written(foreign_folder, "closed.txt", REPORT.encode()).chmod(0o000)
    written(foreign_folder, "open.txt", REPORT.encode()).chmod(0o644)
    (foreign_folder / "shut").mkdir(mode=0o000)
    found = as_ordinary_user(str(foreign_folder / source))
    (foreign_folder / "shut").chmod(0o700)
    errors = [str(each) for each in found if isinstance(each, ArticleError)]
    assert errors
    assert all("cannot be read: permission denied; check the path and its permissions" in error for error in errors)
    if not source:
        assert [each.id for each in found if isinstance(each, Article)] == ["open"]
        assert len(errors) == 2


def test_plain_front_matter_describes_a_markdown_article_and_is_no_part_of_its_text(tmp_path: Path) -> None:
    head = "title: 'Market shelled'\ndate: 2031-05-04\nsource: Fen Courier\ntags:\n  - orlava\n  - war\n"
    text = f"---\n{head}---\n# Head\n\nBody.\n"
    article = one(written(tmp_path, "a.md", text.encode()))
    assert article == Article(
        id="a",
        text="# Head\n\nBody.\n",
        title="Market shelled",
        published=date(2031, 5, 4),
        source="Fen Courier",
        metadata={"tags": "  - orlava\n  - war"},
    )


@pytest.mark.parametrize(
    "text",
    [
        "# Head\n\nBody.\n",
        "---\nA rule above, and: text.\n---\nBody.\n",
        "---\ncolour: red\n---\nBody.\n",
        "---\ntitle: never closed\nBody.\n",
    ],
)
def test_markdown_without_front_matter_is_kept_whole(tmp_path: Path, text: str) -> None:
    assert one(written(tmp_path, "a.md", text.encode())) == Article(id="a", text=text)


def test_standard_input_is_one_text() -> None:
    data = b"\xef\xbb\xbf\n" + REPORT.replace("\n", "\r\n").encode()
    (article,) = read_articles(["-"], stdin=io.BytesIO(data))
    assert article == Article(id="stdin", text="\n" + REPORT)


@pytest.mark.parametrize(
    ("data", "says"),
    [(b"", "stdin is empty"), (b"caf\xe9\n", "iconv -f WINDOWS-1252 -t UTF-8"), (b"x" * 2_100_000, "--max-chars")],
)
def test_unusable_standard_input_is_an_error(data: bytes, says: str) -> None:
    (error,) = read_articles(["-"], stdin=io.BytesIO(data))
    assert isinstance(error, ArticleError)
    assert says in str(error)
    assert error.article_id == "stdin"


def test_standard_input_of_the_process_is_read_from_a_pipe() -> None:
    code = "from extractor.articles import read_articles; print([a.text for a in read_articles(['-'])])"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, input=REPORT.encode(), capture_output=True, check=True)
    assert done.stdout.decode().strip() == str([REPORT])


@pytest.mark.parametrize(
    ("sources", "max_chars", "says"),
    [([], 9, "no articles given"), (["-", "-"], 9, "twice"), (["-"], 0, "--max-chars is 0")],
)
def test_wrong_usage_is_raised_at_once(sources: list[str], max_chars: int, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_articles(sources, max_chars=max_chars)


def test_importing_the_reader_loads_no_heavy_package() -> None:
    code = (
        "import sys, extractor.articles\n"
        "print(sorted({'trafilatura', 'datasets', 'pyarrow', 'pandas', 'lxml', 'numpy'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"
