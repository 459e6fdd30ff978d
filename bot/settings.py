"""Every option and environment variable, in one place."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from knowledge.schema import Language

JudgeBackend = Literal["auto", "trained", "decisions", "systemone", "logprobs", "json"]

OPENAI_URL = "https://api.openai.com/v1"
OPENAI_DEFAULT_MODEL = "gpt-6-luna"


class Settings(BaseSettings):
    """Options with their defaults. Each is read from the environment as MENSETSU_<NAME>; the OPENAI_ names are the usual ones.

    An empty variable counts as not set, and no error quotes a value: it could be the key.
    """

    model_config = SettingsConfigDict(
        env_prefix="MENSETSU_",
        env_ignore_empty=True,
        extra="ignore",
        populate_by_name=True,
        protected_namespaces=(),
        hide_input_in_errors=True,
    )

    language: Language = "ja"
    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=1, le=65535)

    openai_api_key: SecretStr | None = Field(default=None, validation_alias=AliasChoices("openai_api_key", "OPENAI_API_KEY"))
    openai_base_url: str | None = Field(default=None, validation_alias=AliasChoices("openai_base_url", "OPENAI_BASE_URL"))
    model: str | None = None
    judge: JudgeBackend = "auto"
    request_timeout: float = Field(default=60.0, gt=0, description="Seconds one request to a model may take.")
    request_retries: int = Field(default=2, ge=0)

    embeddings: str = Field(default="offline", description='"offline" or the name of an embedding model of the endpoint.')

    weights: Path | None = Field(default=None, description="A GGUF file to use instead of the packaged model.")
    threads: int | None = Field(default=None, ge=1, description="Threads of the embedded model; all processors by default.")

    transcription: str = Field(default="embedded", description='"embedded" or the name of a transcription model of the endpoint.')

    data_dir: Path = Field(default_factory=lambda: platformdirs.user_data_path("mensetsu"))
    cache_dir: Path = Field(default_factory=lambda: platformdirs.user_cache_path("mensetsu"))
    database_url: str | None = None
    chroma_url: str | None = None

    @field_validator("openai_api_key", mode="after")
    @classmethod
    def _key_without_space(cls, key: SecretStr | None) -> SecretStr | None:
        """A key read from a file often brings its line end along; one of blanks only is none."""
        stripped = key.get_secret_value().strip() if key else ""
        return SecretStr(stripped) if stripped else None

    @field_validator("openai_base_url", mode="after")
    @classmethod
    def _http_url(cls, url: str | None) -> str | None:
        stripped = (url or "").strip()
        if not stripped:
            return None
        try:
            parts = urlsplit(stripped)
            valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            valid = False
        if not valid:
            raise ValueError("must be a URL such as http://localhost:11434/v1")
        return stripped

    @property
    def uses_endpoint(self) -> bool:
        """True when a model elsewhere was configured, so that nothing is fetched or started here."""
        return self.openai_api_key is not None or self.openai_base_url is not None

    @cached_property
    def database(self) -> str:
        """SQLAlchemy URL of the database: the configured one, or a SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir / 'mensetsu.sqlite3'}"

    @property
    def recordings(self) -> Path:
        """Where recordings lie that the person asked to keep."""
        return self.data_dir / "recordings"

    @property
    def log_file(self) -> Path:
        """Where causes of errors are written; never holds a key."""
        return self.data_dir / "mensetsu.log"
