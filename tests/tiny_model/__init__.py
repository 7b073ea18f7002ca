"""A GGUF file made on the spot: llama's architecture, random weights, a vocabulary of its own. It knows nothing.

What it answers under a JSON schema keeps to the schema and means nothing, which is all that a test of the local engine
wants. Left alone, a random model would write strings without end; so one coordinate of its hidden state is held
constant, and through it the tokens that close strings, lists and objects get a head start, and spaces and digits a
handicap. Same arguments, same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SPECIAL = ("<|start|>", "<|end|>", "<|stop|>")
_CHAT_TEMPLATE = (
    "{% for message in messages %}<|start|>{{ message.role }}\n{{ message.content }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
)
_HEAD_STARTS = {'"': 1.4, "]": 1.0, "}": 1.0, "{": 0.9, ",": 0.8, "null": 0.5} | dict.fromkeys("0123456789", 0.4)
"""Shares of the head start, by token. Brackets may stand in strings too, so quotes are ahead of them."""

_AFTER = {(":", "null"): 1.05, ("[", "{"): 0.1}
"""More of it after a certain token: most strings would not be dates, so values are null now and then."""

_BLANK = re.compile(r"[ĠĊĉč].*|[.eE+-]+")
"""Tokens with a handicap. `Ġ`, `Ċ` are how byte-level BPE writes space and line feed."""

_HELD = 8.0
"""The constant coordinate, where the others have a standard deviation of 1."""


@dataclass(frozen=True)
class Shape:
    """How large it is, and how it leans.

    Attributes:
        context: tokens that it says it was trained for.
        vocabulary: tokens at most; fewer when the texts do not give so many.
        width, layers, heads, inner: as in every llama.
        closing: head start of tokens that close strings, lists and objects; the logits of the others are about normal.
        seed: of the weights.
    """

    context: int = 16384
    vocabulary: int = 2000
    width: int = 128
    layers: int = 2
    heads: int = 4
    inner: int = 128
    closing: float = 8.0
    seed: int = 4


def write_tiny_model(path: Path, texts: Iterable[str], shape: Shape | None = None) -> Path:
    """Write a model to `path`; its vocabulary is made of what is frequent in `texts`, and of all bytes."""
    import gguf

    shape = shape or Shape()
    tokens, merges = _vocabulary(texts, shape.vocabulary)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    kinds = [gguf.TokenType.CONTROL if token in _SPECIAL else gguf.TokenType.NORMAL for token in tokens]
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    for kind in (writer.add_bos_token_id, writer.add_eos_token_id, writer.add_eot_token_id):
        kind(tokens.index("<|stop|>" if kind != writer.add_eot_token_id else "<|end|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(_CHAT_TEMPLATE)
    for name, weights in _weights(tokens, shape).items():
        writer.add_tensor(name, weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _vocabulary(texts: Iterable[str], size: int) -> tuple[list[str], list[str]]:
    """Tokens by their number, and the merges that make them, as byte-level BPE writes them."""
    import json

    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    # every bracket and quote is a token of its own, so that each can have its own head start
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Punctuation("isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(_SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].__getitem__)
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    return tokens, merges


def _weights(tokens: list[str], shape: Shape) -> dict[str, Any]:
    """All tensors by their name; nothing but the embedding writes to the first coordinate."""
    import numpy as np

    random = np.random.default_rng(shape.seed)

    def normal(rows: int, columns: int, deviation: float) -> Any:
        return (random.standard_normal((rows, columns)) * deviation).astype(np.float32)

    def silent(weights: Any) -> Any:
        weights[0] = 0.0
        return weights

    ones = np.ones(shape.width, dtype=np.float32)
    embedding = normal(len(tokens), shape.width, 1.0)
    embedding[:, 0] = _HELD
    output = normal(len(tokens), shape.width, shape.width**-0.5)
    for token in _HEAD_STARTS:
        output[tokens.index(token)] *= 0.6  # chance decides among them, but not against the head start
    output[:, 0] = [_head_start(token, shape.closing) / _HELD for token in tokens]
    for (before, token), part in _AFTER.items():
        # what the hidden state holds of the last token is its embedding
        output[tokens.index(token), 1:] += part * shape.closing / shape.width * embedding[tokens.index(before), 1:]
    tensors = {"token_embd.weight": embedding, "output_norm.weight": ones, "output.weight": output}
    even = shape.width**-0.5
    for layer in range(shape.layers):
        block = {
            "attn_norm": ones,
            "attn_q": normal(shape.width, shape.width, 2 * even),
            "attn_k": normal(shape.width, shape.width, 2 * even),
            "attn_v": normal(shape.width, shape.width, even),
            "attn_output": silent(normal(shape.width, shape.width, even)),
            "ffn_norm": ones,
            "ffn_gate": normal(shape.inner, shape.width, even),
            "ffn_up": normal(shape.inner, shape.width, even),
            "ffn_down": silent(normal(shape.width, shape.inner, shape.inner**-0.5)),
        }
        tensors |= {f"blk.{layer}.{name}.weight": weights for name, weights in block.items()}
    return tensors


def _head_start(token: str, closing: float) -> float:
    """What a token's logit gets beyond chance."""
    if token in _SPECIAL or _BLANK.fullmatch(token):
        return -closing
    return _HEAD_STARTS.get(token, 0.0) * closing
