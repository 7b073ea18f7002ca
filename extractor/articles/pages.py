"""HTML pages: the article's text, and what the page states about it.

A publication date is taken only where the page states one as metadata. trafilatura's own date is never used: it falls
back on dates in the text, in the URL and in the copyright line, and a guessed date would be taken for a fact.
"""

from __future__ import annotations

import codecs
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

from extractor.articles.fields import iso_date

PUBLISHED_META = (
    "article:published_time",
    "og:article:published_time",
    "og:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "pubdate",
    "publishdate",
    "publish-date",
    "publish_date",
    "publication_date",
    "citation_publication_date",
    "dcterms.issued",
    "dc.date.issued",
    "dcterms.date",
    "dc.date",
    "date",
)
"""Names under which pages state a publication date (Open Graph, schema.org, Dublin Core, Highwire), best first."""

_PUBLISHED_CLASSES = frozenset({"published", "dt-published", "entry-date"})  # hAtom, h-entry, WordPress
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")


def declared_encoding(data: bytes) -> str:
    """The encoding that a page declares in its first 1024 bytes, if Python knows it; else UTF-8.

    As in the WHATWG encoding standard, Latin-1 and ASCII mean WINDOWS-1252, and a declared UTF-16 is UTF-8.
    """
    match = _CHARSET.search(data[:1024])
    if match is None:
        return "utf-8"
    try:
        encoding = codecs.lookup(match[1].decode("ascii", "replace")).name
    except LookupError:
        return "utf-8"
    if encoding in {"iso8859-1", "ascii"}:
        return "cp1252"
    return "utf-8" if encoding.startswith(("utf-16", "utf-32")) else encoding


def page_values(html: str) -> dict[str, Any] | None:
    """The article on a page: `text`, and `title`, `published`, `source` and `url` where the page states them.

    None if no text is found. A stated date that is not ISO 8601 is given as it stands.
    """
    from trafilatura import bare_extraction, load_html

    # Without a handler of its own the library writes each page it gives up to standard error.
    logger = logging.getLogger("trafilatura")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    # A parsed text has no encoding any more; lxml refuses one that claims to.
    tree = load_html(_XML_DECLARATION.sub("", html))
    if tree is None:
        return None
    stated = _stated(tree)
    page = bare_extraction(
        tree,
        include_comments=False,
        with_metadata=True,
        # The date is thrown away, so the cheapest search will do.
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    if page is None or isinstance(page, dict) or not page.text:
        return None
    return {"text": page.text.strip(), "title": page.title, **stated}


def _stated(tree: Any) -> dict[str, Any]:
    objects = list(_linked_data(tree))
    url = tree.xpath("//link[@rel='canonical']/@href") or _meta(tree, ("og:url",))
    source = _meta(tree, ("og:site_name",)) or _publishers(objects)
    return {
        "published": _published(tree, objects),
        "source": source[0] if source else None,
        "url": str(url[0]) if url else None,
    }


def _published(tree: Any, objects: list[dict[str, Any]]) -> str | None:
    """The first statement of a date that can be used, else the first of any kind, which the reader keeps as it is."""
    stated = _meta(tree, PUBLISHED_META)
    for dates in (
        stated,
        _agreed([each["datePublished"] for each in objects if "datePublished" in each]),
        _times(tree),
    ):
        usable = next((value for value in dates if iso_date(value)), None)
        if usable:
            return usable
    return stated[0] if stated else None


def _meta(tree: Any, names: tuple[str, ...]) -> list[str]:
    """The contents of `meta` elements of these names, in the order of the names."""
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        content = (element.get("content") or "").strip()
        for key in ("property", "name", "itemprop"):
            name = (element.get(key) or "").strip().lower()
            if content and name in names:
                found.setdefault(name, content)
    return [found[name] for name in names if name in found]


def _linked_data(tree: Any) -> Iterator[dict[str, Any]]:
    """The objects of schema.org's article types in the page's JSON-LD blocks; broken blocks state nothing."""
    for script in tree.xpath("//script[@type='application/ld+json']"):
        try:
            block = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        graph = block.get("@graph", block) if isinstance(block, dict) else block
        for each in graph if isinstance(graph, list) else [graph]:
            if isinstance(each, dict) and "Article" in json.dumps(each.get("@type")):
                yield each


def _publishers(objects: list[dict[str, Any]]) -> list[str]:
    publishers = (each.get("publisher") for each in objects)
    names = (each.get("name") for each in publishers if isinstance(each, dict))
    return [name for name in names if isinstance(name, str) and name.strip()]


def _times(tree: Any) -> list[str]:
    """Dates of elements that are marked as the publication date, else of times in the head of an article."""
    marked = [
        element.get("datetime") or element.get("content")
        for element in tree.iter()
        if element.get("itemprop") == "datePublished"
        or (element.tag == "time" and ("pubdate" in element.attrib or _PUBLISHED_CLASSES & set(_classes(element))))
    ]
    return _agreed(marked) or _agreed(tree.xpath("//article//header//time/@datetime"))


def _classes(element: Any) -> list[str]:
    return (element.get("class") or "").split()


def _agreed(dates: list[Any]) -> list[str]:
    """The dates if they name one day. Several days mean several articles, and none is known to be this one's."""
    texts = [str(each) for each in dates if isinstance(each, str) and each.strip()]
    return texts if len({iso_date(text) or text for text in texts}) == 1 else []
