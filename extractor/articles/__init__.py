"""Articles in: files, folders, globs, standard input and Hugging Face datasets, read one at a time.

Knows nothing of schemas, prompts, backends or runs. Importing it loads none of trafilatura, pyarrow and datasets.
"""

from extractor.articles.decoding import DEFAULT_MAX_CHARS
from extractor.articles.files import KNOWN_SUFFIXES
from extractor.articles.reading import read_articles

__all__ = ["DEFAULT_MAX_CHARS", "KNOWN_SUFFIXES", "read_articles"]
