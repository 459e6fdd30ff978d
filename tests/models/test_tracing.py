"""LangChain's tracing stays off, whatever the environment says: it would copy answers to a third party."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.fakes.openai_endpoint import CHAT, FakeEndpoint

_GRADING = """
from bot.models.judges import Claim, JudgeRequest, make_judge
from bot.models.endpoint import configured_endpoint
from bot.settings import Settings

judge = make_judge(configured_endpoint(Settings()), "logprobs")
list(judge.decide(JudgeRequest("What is L1?", "It makes weights zero.", "en", (Claim("p1", "It makes weights zero."),))))

from langchain_core.tracers.langchain import wait_for_all_tracers
wait_for_all_tracers()
"""


def test_answers_are_not_traced(fake: FakeEndpoint) -> None:
    tracing = {
        "LANGSMITH_TRACING": "true",
        "LANGCHAIN_TRACING_V2": "true",
        "LANGSMITH_API_KEY": "ls-key",
        "LANGSMITH_ENDPOINT": fake.url,
        "OPENAI_BASE_URL": fake.url,
    }
    subprocess.run([sys.executable, "-c", _GRADING], env={**os.environ, **tracing}, check=True, timeout=60)
    assert [seen.path for seen in fake.seen] == [CHAT]
