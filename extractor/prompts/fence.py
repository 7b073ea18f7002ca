"""An article as quoted material: fenced so that nothing written in it can end the quotation.

Both fence lines carry a code taken from the SHA-256 of what they enclose, and the code occurs nowhere inside. The same
article always gets the same fence, so that cache keys hold, and no article can contain its own closing line.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from itertools import count

CODE_LENGTH = 12
"""Hexadecimal digits in a fence's code."""

_LINE_BREAKS_LEFT_BY_JSON = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}
"""Line breaks to some readers, which JSON does not escape."""


def fence(text: str, *, title: str | None = None, published: date | None = None, source: str | None = None) -> str:
    """The fenced block: an opening line, one line each for title, date and source, the text verbatim, a closing line.

    Title and source come from the article too: they stand inside the fence as JSON strings, so on one line each
    whatever they contain. What is not known is `null`.
    """
    body = "\n".join(
        [
            f"title: {_on_one_line(title)}",
            f"published: {published.isoformat() if published else 'null'}",
            f"source: {_on_one_line(source)}",
            "text:",
            text,
        ]
    )
    code = _code_not_in(body)
    return f"<article {code}>\n{body}\n</article {code}>"


def _on_one_line(value: str | None) -> str:
    return json.dumps(value, ensure_ascii=False).translate(_LINE_BREAKS_LEFT_BY_JSON)


def _code_not_in(body: str) -> str:
    digest = hashlib.sha256(body.encode("utf-8", "surrogatepass"))
    for attempt in count():
        code = digest.hexdigest()[:CODE_LENGTH]
        if code not in body:
            return code
        digest.update(str(attempt).encode())
    raise AssertionError("unreachable: a text holds finitely many codes")
