"""Every text a person reads that is not on a card, in Japanese and English."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml

from knowledge.schema import Language


@cache
def catalogue(lang: Language) -> dict[str, str]:
    """All texts of a language by dotted key."""
    data = yaml.safe_load(resources.files(__name__).joinpath(f"{lang}.yaml").read_text(encoding="utf-8"))
    return dict(_flat(data, ""))


def t(key: str, lang: Language, **values: Any) -> str:
    """The text for a key with its {names} filled in; KeyError when the catalogue lacks it."""
    text = catalogue(lang)[key]
    return text.format(**values) if values else text


def _flat(node: dict[str, Any], prefix: str) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    for name, value in node.items():
        out += _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(f"{prefix}{name}", str(value))]
    return out
