"""From bytes to text: bounded reads, byte order marks, strict decoding, and whether a text can be an article at all."""

from __future__ import annotations

import codecs
import io
import re
import shlex
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, BinaryIO

from extractor.errors import ArticleError

DEFAULT_MAX_CHARS = 1_000_000
"""Longest article that is read, in characters: far beyond any news article and any model's context window, and small
enough that a file of 5 MB is refused in every script (UTF-8 takes at most four bytes a character)."""

STDIN = "stdin"
"""What standard input is called in ids and messages."""

_CHUNK = 1 << 16
_BINARY = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def text_bytes(max_chars: int) -> int:
    """More bytes than this are more than `max_chars` characters, whatever the encoding and the line ends."""
    return 4 * max_chars + len(codecs.BOM_UTF8)


def row_bytes(max_chars: int) -> int:
    """The longest row of a table that is held in memory: an article in JSON escapes (6 bytes a character), other
    columns beside it.
    """
    return 8 * max_chars + 1_000_000


def read_at_most(stream: BinaryIO, limit: int) -> bytes:
    """The whole stream, or its first `limit + 1` bytes if it is longer than `limit`."""
    parts: list[bytes] = []
    missing = limit + 1
    while missing and (part := stream.read(min(missing, 1 << 20))):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def decode(data: bytes, *, name: str, declared: str | None = None) -> str:
    """Decode strictly: by byte order mark, else as UTF-8, else as the encoding that the document itself declares.

    A byte order mark is no part of the text.

    Raises:
        ArticleError: binary data, or not in the encoding; the message says where, and how to convert.
    """
    if data.startswith(_UTF16_MARKS):
        return _strictly(data, "utf-16", name)
    if b"\0" in data:
        place = data.index(b"\0")
        message = f"{name} holds a NUL byte at offset {place}: a binary file, or UTF-16 without a byte order mark"
        raise ArticleError(f"{message}; give a text file in UTF-8", article_id=name)
    if declared is None:
        return _strictly(data, "utf-8-sig", name)
    # Plain ASCII may be an escape encoding (ISO-2022-JP); otherwise bytes that are valid UTF-8 are UTF-8, whatever
    # the page's template says.
    if not data.isascii():
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
    return _strictly(data, declared, name)


def _strictly(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise wrong_encoding(data, error, name=name) from error


def wrong_encoding(data: bytes, error: UnicodeDecodeError, *, name: str, line: int | None = None) -> ArticleError:
    """Say which byte is wrong and how to convert; `line` is given where `data` is a line and `name` names it."""
    encoding = "UTF-8" if error.encoding.startswith("utf-8") else error.encoding.upper()
    if line is None and encoding == "UTF-8" and _BINARY.search(data):
        return ArticleError(f"{name} is a binary file, not text; give a text file in UTF-8", article_id=name)
    offset = error.start + len(data) - len(error.object)  # a decoder may have cut off the byte order mark
    where = f"offset {offset}"
    if line is None:
        where += f", line {1 + data.count(10, 0, offset)}"
    path = name if line is None else name.removesuffix(f":{line}")
    convert = "iconv -f WINDOWS-1252 -t UTF-8" + ("" if path == STDIN else f" {shlex.quote(path)}")
    advice = f"convert it, if it is Western European: {convert}" if encoding == "UTF-8" else "save it as UTF-8"
    return ArticleError(f"{name} is not {encoding}: byte 0x{data[offset]:02X} at {where}; {advice}", article_id=name)


def check_text(text: str, *, name: str, article_id: str, max_chars: int) -> None:
    """Refuse a text that no event can be read from.

    Raises:
        ArticleError: empty, too long, without a single letter, or with characters that no text has.
    """
    if not text.strip():
        reason = "is empty: there is no text to read"
    elif len(text) > max_chars:
        reason = too_long(max_chars, len(text))
    elif "\0" in text:
        reason = f"holds a NUL character at offset {text.index(chr(0))}: this is not text"
    elif not any(character.isalpha() for character in text):
        reason = "has no letters: there is no text to read"
    elif not is_unicode(text):
        reason = "holds half a surrogate pair, which is no character; write the text again as UTF-8"
    else:
        return
    raise ArticleError(f"{name} {reason}", article_id=article_id)


def too_long(max_chars: int, found: int | None = None) -> str:
    """The reason given for an article beyond the limit."""
    has = f"has {found:,} characters" if found else "is too long"
    return f"{has}, and an article may have {max_chars:,}; split it, or raise the limit with --max-chars"


def is_unicode(text: str) -> bool:
    """Whether the text can be written as UTF-8; lone surrogates, as JSON escapes can bring, cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class _Chunks(io.RawIOBase):
    """An iterable of byte strings as a stream; closing it leaves their source open."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._pending = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        target = memoryview(buffer)
        while not self._pending:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._pending = chunk
        size = min(len(target), len(self._pending))
        target[:size] = self._pending[:size]
        self._pending = self._pending[size:]
        return size


def rejoined(head: bytes, rest: BinaryIO) -> io.BufferedReader:
    """A stream of `head` and what is left of `rest`, for looking ahead where one cannot seek."""
    return io.BufferedReader(_Chunks(chain((head,), _chunks(rest))))


def utf8_lines(source: BinaryIO) -> io.BufferedReader:
    """The stream without its byte order mark, in UTF-8 if the mark says UTF-16.

    What is broken in UTF-16 comes out as bytes that are not UTF-8, so that whoever reads lines finds the line.
    """
    head = read_at_most(source, len(codecs.BOM_UTF8) - 1)
    if head.startswith(_UTF16_MARKS):
        return io.BufferedReader(_Chunks(_from_utf16(chain((head,), _chunks(source)))))
    # the head comes with a chunk behind it, so that a peek shows more than three bytes
    return rejoined(head.removeprefix(codecs.BOM_UTF8) + next(_chunks(source), b""), source)


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    # read1 gives what a pipe holds now; read would wait for a full chunk
    read = getattr(source, "read1", source.read)
    return iter(lambda: read(_CHUNK), b"")


def _from_utf16(chunks: Iterable[bytes]) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder("utf-16")("surrogatepass")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
    if decoder.getstate()[0]:
        yield b"\xff"  # the file ends in the middle of a character


def bounded_lines(stream: BinaryIO, limit: int) -> Iterator[bytes | None]:
    """Lines with their ends; None for a line of more than `limit` bytes, which is skipped without being held."""
    while line := stream.readline(limit + 1):
        if len(line) <= limit or line.endswith(b"\n"):
            yield line
            continue
        while (rest := stream.readline(_CHUNK)) and not rest.endswith(b"\n"):
            pass
        yield None
