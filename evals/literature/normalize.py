"""Mention normalisation N, shared by CEAF-REE, GTT F1 and CEAF-RME. Incident types are never normalised.

Source: the answer normalisation of SQuAD (Rajpurkar et al., EMNLP 2016), which the scorers of GRIT, GTT and IterX
apply to every mention of both sides.
"""

import re
import string

from evals.literature.templates import Entity

_WITHOUT_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLE = re.compile(r"\b(a|an|the)\b")


def normalize(mention: str) -> str:
    """Fold a mention to the form in which mentions are compared.

    The order matters: lower-case, delete ASCII punctuation without leaving a space (`pro-castro` becomes
    `procastro`), replace each whole word `a`, `an`, `the` by a space, collapse white space and trim.

    Returns:
        The folded mention; empty if nothing but articles and punctuation was there.
    """
    without_punctuation = mention.lower().translate(_WITHOUT_PUNCTUATION)
    return " ".join(_ARTICLE.sub(" ", without_punctuation).split())


def mention_set(entity: Entity) -> frozenset[str]:
    """The normalised mentions of an entity, in which order and repetition are lost; never empty."""
    return frozenset(normalize(mention.text) for mention in entity.mentions)
