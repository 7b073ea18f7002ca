"""Ids under which articles end in a run: each its own, and such that they can be written."""

from __future__ import annotations


class ArticleIds:
    """Remembers the ids that were met."""

    def __init__(self) -> None:
        self._met: set[str] = set()

    def own(self, given: str) -> str:
        """The id, or the first free `<id>#<n>` if it was met before; bytes that UTF-8 cannot hold are escaped."""
        plain = given if _is_unicode(given) else given.encode("utf-8", "backslashreplace").decode()
        article_id, number = plain, 1
        while article_id in self._met:
            number += 1
            article_id = f"{plain}#{number}"
        self._met.add(article_id)
        return article_id


def not_its_own(given: str) -> str:
    """What is wrong with an article that did not keep its id."""
    return f"the id {given!r} was met before in these articles, or cannot be written: give each its own"


def _is_unicode(text: str) -> bool:
    """Whether UTF-8 can hold it: file names may carry lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
