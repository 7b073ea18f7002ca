"""HTML pages: the body is found, and only what the page states about itself is believed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from extractor.articles import read_articles
from extractor.errors import ArticleError
from extractor.records import Article

BODY = """<article>{header}<p>On 3 May 2019 shells fell on the market of Orlava, and three traders were killed, the
mayor told reporters on Friday. The café beside it burned down.</p><p>Nobody has claimed the attack, which was the
second of its kind since the truce of 11 November 2018 between the Reed Guard and the council
of the fens.</p></article>"""


def page(head: str = "", header: str = "", charset: str = '<meta charset="utf-8">', footer: str = "") -> str:
    body = BODY.format(header=header)
    title = "<title>Market shelled</title>"
    navigation = "<nav><a href='/2017/01/02/old'>Old</a></nav>"
    return f"<!doctype html><html><head>{charset}{title}{head}</head><body>{navigation}{body}{footer}</body></html>"


def read(folder: Path, html: str, encoding: str = "utf-8") -> Article:
    path = folder / "orlava.html"
    path.write_bytes(html.encode(encoding))
    (found,) = read_articles([str(path)])
    assert isinstance(found, Article), found
    return found


def test_the_body_and_title_are_found_and_no_date_is_guessed(tmp_path: Path) -> None:
    article = read(tmp_path, page(footer="<footer><p>Copyright 2024, updated 2 June 2024</p></footer>"))
    assert article.id == "orlava"
    assert article.title == "Market shelled"
    assert article.text.startswith("On 3 May 2019 shells fell on the market of Orlava, and three traders were killed,")
    assert article.text.endswith("the council of the fens.")
    assert "Copyright" not in article.text
    assert "Old" not in article.text
    assert (article.published, article.source, article.url, article.metadata) == (None, None, None, {})


def test_a_date_in_the_address_is_no_statement(tmp_path: Path) -> None:
    article = read(tmp_path, page('<link rel="canonical" href="https://fen.example/2021/03/04/market">'))
    assert article.url == "https://fen.example/2021/03/04/market"
    assert article.published is None


@pytest.mark.parametrize(
    ("head", "header"),
    [
        ('<meta property="article:published_time" content="2019-05-04T22:30:00-04:00">', ""),
        ('<meta name="DC.date.issued" content="2019-05-04">', ""),
        ('<meta name="date" content="May 4th"><meta name="pubdate" content="2019-05-04">', ""),
        ('<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2019-05-04"}</script>', ""),
        (
            (
                '<script type="application/ld+json">{"@graph": [{"@type": "WebSite", "datePublished": "2001-01-01"},'
                '{"@type": ["ReportageNewsArticle"], "datePublished": "2019-05-04T10:00Z"}]}</script>'
            ),
            "",
        ),
        ("", '<header><time datetime="2019-05-04">yesterday</time></header>'),
        ("", '<time class="entry-date published" datetime="2019-05-04">yesterday</time>'),
        ("", '<span itemprop="datePublished" content="2019-05-04">yesterday</span>'),
    ],
)
def test_a_stated_date_is_taken_as_written(tmp_path: Path, head: str, header: str) -> None:
    assert read(tmp_path, page(head, header)).published == date(2019, 5, 4)


@pytest.mark.parametrize(
    ("head", "header"),
    [
        ('<meta property="article:modified_time" content="2019-05-04">', ""),
        ('<script type="application/ld+json">{"@type": "Event", "datePublished": "2019-05-04"}</script>', ""),
        ('<script type="application/ld+json">{"@type": "NewsArticle", broken</script>', ""),
        (
            (
                '<script type="application/ld+json">[{"@type": "NewsArticle", "datePublished": "2019-05-04"},'
                '{"@type": "NewsArticle", "datePublished": "2018-01-01"}]</script>'
            ),
            "",
        ),
        ("", '<p>It began on <time datetime="2019-05-03">Friday</time>.</p>'),
    ],
)
def test_other_dates_are_not_taken_for_the_publication(tmp_path: Path, head: str, header: str) -> None:
    assert read(tmp_path, page(head, header)).published is None


def test_a_stated_date_that_is_not_iso_stays_in_the_metadata(tmp_path: Path) -> None:
    article = read(tmp_path, page('<meta name="pubdate" content="Saturday, 4 May 2019">'))
    assert article.published is None
    assert article.metadata == {"published": "Saturday, 4 May 2019"}


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="og:site_name" content="Fen Courier">',
        '<script type="application/ld+json">{"@type": "NewsArticle", "publisher": {"name": "Fen Courier"}}</script>',
    ],
)
def test_a_stated_outlet_is_the_source(tmp_path: Path, head: str) -> None:
    assert read(tmp_path, page(head)).source == "Fen Courier"


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("", "utf-8"),
        ("", "utf-16"),
        ('<meta charset="windows-1252">', "cp1252"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">', "cp1252"),
        ('<meta charset="iso-8859-1">', "utf-8"),
        ('<meta charset="made-up">', "utf-8"),
    ],
)
def test_a_page_is_decoded_as_it_declares(tmp_path: Path, charset: str, encoding: str) -> None:
    assert "The café beside it burned" in read(tmp_path, page(charset=charset), encoding).text


def test_a_page_with_an_xml_declaration_is_read(tmp_path: Path) -> None:
    html = '<?xml version="1.0" encoding="iso-8859-1"?>\n' + page()
    assert "The café beside it burned" in read(tmp_path, html).text


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"<html><body></body></html>", "holds no article text"),
        (b"no markup at all", "holds no article text"),
        (page(charset="").encode("cp1252"), "is not UTF-8: byte 0xE9"),
        (page().encode("cp1252"), "is not UTF-8: byte 0xE9"),
        (b"<html>\0</html>", "NUL byte at offset 6"),
        (b"<html>" + b" " * 25_000_000, "--max-chars"),
    ],
)
def test_a_page_without_a_usable_article_is_an_error_and_nothing_is_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], data: bytes, says: str
) -> None:
    path = tmp_path / "a.htm"
    path.write_bytes(data)
    (error,) = read_articles([str(path)])
    assert isinstance(error, ArticleError)
    assert says in str(error)
    assert str(error).startswith(str(path))
    assert "\n" not in str(error)
    assert capfd.readouterr() == ("", "")
