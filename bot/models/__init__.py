"""Models: weights on disk, the embedded server, chat, typed decisions, embeddings."""

import os

# The embedding's OpenMP threads otherwise spin while they wait, and on a busy machine take the cores from whoever works: 12 s became 102 s.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# LangChain copies every prompt, and with it the answer, to LangSmith when these say so; set for other work, they are not meant for us.
for _name in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2"):
    os.environ[_name] = "false"
