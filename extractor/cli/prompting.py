"""What `extractor prompts show` prints."""

from __future__ import annotations

from extractor.articles import read_articles
from extractor.errors import ArticleError
from extractor.prompts import load_prompt
from extractor.records import Article
from extractor.schemas import load_schema

PLACEHOLDER = Article(id="article", text="(the text of the article)")


def rendered(prompt_name: str, source: str | None, schema_name: str) -> str:
    """The messages for the first article of `source`, or for a placeholder, each under its role.

    Raises:
        ArticleError: the article cannot be read.
    """
    article = PLACEHOLDER if source is None else _first(source)
    prompt = load_prompt(prompt_name)
    messages = prompt.render(article, load_schema(schema_name))
    return "\n\n".join(f"--- {message.role} ---\n{message.content}" for message in messages)


def _first(source: str) -> Article:
    item = next(iter(read_articles([source])), None)
    if isinstance(item, Article):
        return item
    raise item or ArticleError(f"{source} holds no article", article_id=source)
