"""Asks a chat model for a JSON object: by schema where the server knows schemas, by the prompt alone where it does not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from langchain_core.messages import HumanMessage, SystemMessage

from bot.models.endpoint import Endpoint
from bot.models.errors import JudgeError, judge_errors


def json_reply(endpoint: Endpoint, system: str, asked: str, name: str, schema: Mapping[str, Any], max_tokens: int) -> str:
    """The text of the reply, unchecked. The prompt has to ask for the same form as the schema. Raises JudgeError."""
    messages = [SystemMessage(system), HumanMessage(asked)]
    chat = endpoint.chat(max_tokens=max_tokens)
    form = {"type": "json_schema", "json_schema": {"name": name, "strict": True, "schema": schema}}
    try:
        with judge_errors():
            return str(chat.invoke(messages, response_format=form).content)
    except JudgeError as error:
        if error.reason != "refused":
            raise
    with judge_errors():
        return str(chat.invoke(messages).content)


def texts_in(reply: str, key: str) -> list[str]:
    """The texts listed under a key of a reply that is a JSON object, alone or in a code fence. Raises ValueError."""
    start, end = reply.find("{"), reply.rfind("}")
    if start < 0 or end < start:
        raise ValueError("the reply holds no JSON object")
    texts = json.loads(reply[start : end + 1]).get(key)
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"the reply holds no list of {key}")
    return texts


def list_schema(key: str, least: int, most: int, longest: int) -> dict[str, Any]:
    """The schema of an object with one list of texts of at most `longest` characters under a key."""
    texts = {"type": "array", "minItems": least, "maxItems": most, "items": {"type": "string", "minLength": 1, "maxLength": longest}}
    return {"type": "object", "properties": {key: texts}, "required": [key], "additionalProperties": False}
