"""The `custom_id` of a request in a batch: which article it is for, and exactly which request.

    a17-r0-n2-9f2b…: article 17 of the manifest, repeat 0, second request (a re-ask), digest of all that is asked

Letters, digits and `-` only, at most 64 characters, whatever the ids of the articles hold: every batch endpoint takes
it. The digest keeps answers to another prompt, model parameter or text from being taken for answers to this request.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

_FORM = re.compile(r"a([1-9]\d{0,8})-r(\d{1,6})-n([1-9]\d{0,5})-([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class CustomId:
    """A request of a batch.

    Attributes:
        article: its number in the manifest, from 1.
        repeat: which sample, from 0.
        request: which request for the article, from 1.
        key: digest of the request (`extractor.runs.RequestDigests.key`).
    """

    article: int
    repeat: int
    request: int
    key: str

    def __str__(self) -> str:
        return f"a{self.article}-r{self.repeat}-n{self.request}-{self.key}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read one back; None for anything else."""
        match = _FORM.fullmatch(text)
        return None if match is None else cls(int(match[1]), int(match[2]), int(match[3]), match[4])
