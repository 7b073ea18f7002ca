"""How large a local model is set up: context, requests at once, threads; from the model, the machine and the user."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from extractor.backends.local.gguf import Head
from extractor.errors import UsageError

_CONTEXT = 16384
"""Tokens for one request unless told otherwise: rules and examples of a prompt (about 6,000), a long article, and an
answer of 4,096 tokens that may be asked for again at twice the length."""

_LEAST_CONTEXT = 4096
_MOST_SLOTS = 4
"""Requests at once unless told otherwise: beyond it, batching on a processor gains little, and memory grows."""

_SETTINGS = {
    "context": "EXTRACTOR_LOCAL_CONTEXT",
    "slots": "EXTRACTOR_LOCAL_SLOTS",
    "threads": "EXTRACTOR_LOCAL_THREADS",
    "gpu_layers": "EXTRACTOR_LOCAL_GPU_LAYERS",
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user fixes; None leaves it to us.

    Attributes:
        context: tokens of prompt and answer together, for each request, >= 256.
        slots: requests answered at once, >= 1; others wait for their turn.
        threads: that compute, >= 1.
        gpu_layers: layers put on a graphics card, >= 0; None: as many as fit, if there is one.
    """

    context: int | None = None
    slots: int | None = None
    threads: int | None = None
    gpu_layers: int | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """What there is: processors that this process may use, of how many, and free memory in bytes (None: unknown)."""

    usable_cpus: int
    all_cpus: int
    free_bytes: int | None


@dataclass(frozen=True, slots=True)
class Size:
    """As in `Wishes`; `threads` and `gpu_layers` of -1 leave it to llama.cpp (physical cores, as many as fit)."""

    context: int
    slots: int
    threads: int
    gpu_layers: int


def wishes_from(environment: Mapping[str, str]) -> Wishes:
    """The settings in `EXTRACTOR_LOCAL_CONTEXT`, `…_SLOTS`, `…_THREADS` and `…_GPU_LAYERS`.

    Raises:
        UsageError: one of them is no number in its range.
    """
    least = {"context": 256, "slots": 1, "threads": 1, "gpu_layers": 0}
    found: dict[str, int] = {}
    for name, variable in _SETTINGS.items():
        if not (given := environment.get(variable, "").strip()):
            continue
        if not given.isdecimal() or int(given) < least[name]:
            raise UsageError(f"{variable} is {given!r}: give a whole number, {least[name]} or more")
        found[name] = int(given)
    return Wishes(**found)


def this_machine() -> Machine:
    """The machine as it is now."""
    every = os.cpu_count() or 1
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else every
    return Machine(usable, every, _free_bytes())


def choose_size(head: Head, machine: Machine, wishes: Wishes) -> Size:
    """Context and slots whose attention cache fits into half of the memory that the weights leave free.

    Wishes hold whatever the memory says. Without them, slots are given up before context, and context down to 4,096.
    """
    trained = head.context or _CONTEXT
    context = wishes.context or min(trained, _CONTEXT)
    slots = wishes.slots or max(1, min(_MOST_SLOTS, machine.usable_cpus))
    if machine.free_bytes is not None and head.cell_bytes:
        cells = max(0, machine.free_bytes - head.weight_bytes) // 2 // head.cell_bytes
        if wishes.slots is None:
            slots = max(1, min(slots, cells // context))
        if wishes.context is None:
            context = min(context, max(_LEAST_CONTEXT, cells // slots))
    restricted = machine.usable_cpus if machine.usable_cpus < machine.all_cpus else -1
    layers = -1 if wishes.gpu_layers is None else wishes.gpu_layers
    return Size(context, slots, wishes.threads or restricted, layers)


def _free_bytes() -> int | None:
    """Memory that can be had without swapping: what the kernel says, and what it grants this container."""
    found = [count for count in (_kernel_free(), _container_free()) if count is not None]
    return min(found, default=None)


def _kernel_free() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass  # not Linux
    return None


def _container_free() -> int | None:
    group = Path("/sys/fs/cgroup")
    try:
        limit, used = ((group / name).read_text(encoding="ascii").strip() for name in ("memory.max", "memory.current"))
        return None if limit == "max" else max(0, int(limit) - int(used))
    except (OSError, ValueError):
        return None
