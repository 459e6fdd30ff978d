"""Where the model in use is served, and the clients that speak to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from bot.settings import OPENAI_DEFAULT_MODEL, OPENAI_URL, Settings

if TYPE_CHECKING:  # two seconds to import, which the page does not wait for
    import openai
    from langchain_openai import ChatOpenAI

    from bot.models.client import BoundedClient


@dataclass(frozen=True)
class Endpoint:
    """An OpenAI-compatible endpoint.

    `embedded` tells the server in this process from one elsewhere; `sha256` is that of its model file, if known.
    """

    url: str
    model: str
    key: SecretStr
    embedded: bool
    timeout: float = 60.0
    retries: int = 2
    sha256: str = ""

    @cached_property
    def http(self) -> BoundedClient:
        """The connections to this endpoint, shared by all clients."""
        from bot.models.client import BoundedClient

        return BoundedClient(self.url, self.timeout)

    @cached_property
    def client(self) -> openai.OpenAI:
        """OpenAI's own client, for what LangChain has no class for."""
        import openai

        return openai.OpenAI(
            base_url=self.url,
            api_key=self.key.get_secret_value(),
            timeout=self.timeout,
            max_retries=self.retries,
            http_client=self.http,
        )

    def chat(self, **options: Any) -> ChatOpenAI:
        """A LangChain chat model on this endpoint at temperature 0."""
        from langchain_openai import ChatOpenAI

        return ChatOpenAI(
            model=self.model,
            base_url=self.url,
            api_key=self.key,
            timeout=self.timeout,
            max_retries=self.retries,
            temperature=0,
            use_responses_api=False,
            http_client=self.http,
            openai_proxy=None,  # LangChain's own variable, which it refuses beside a client; HTTPS_PROXY is obeyed
            **options,
        )


def configured_endpoint(settings: Settings) -> Endpoint | None:
    """The endpoint named by the environment, or None when the embedded model is to be used."""
    if not settings.uses_endpoint:
        return None
    return Endpoint(
        url=settings.openai_base_url or OPENAI_URL,
        model=settings.model or OPENAI_DEFAULT_MODEL,
        # Local servers take any key, but the client insists on one.
        key=settings.openai_api_key or SecretStr("none"),
        embedded=False,
        timeout=settings.request_timeout,
        retries=settings.request_retries,
    )
