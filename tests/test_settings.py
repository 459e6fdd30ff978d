"""Options from the environment: names, defaults, what counts as not set, and a key that is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bot.models.endpoint import configured_endpoint
from bot.settings import Settings

KEY = "sk-test-0123456789abcdef"


def test_defaults() -> None:
    settings = Settings()
    assert (settings.language, settings.host, settings.port) == ("ja", "127.0.0.1", 7860)
    assert (settings.judge, settings.embeddings, settings.request_timeout, settings.request_retries) == ("auto", "offline", 60.0, 2)
    assert (settings.openai_api_key, settings.openai_base_url, settings.model, settings.weights) == (None, None, None, None)
    assert not settings.uses_endpoint
    assert settings.database == f"sqlite:///{settings.data_dir / 'mensetsu.sqlite3'}"
    assert settings.log_file == settings.data_dir / "mensetsu.log"


@pytest.mark.parametrize(
    ("name", "text", "option", "value"),
    [
        ("MENSETSU_LANGUAGE", "en", "language", "en"),
        ("MENSETSU_PORT", "8080", "port", 8080),
        ("MENSETSU_MODEL", "qwen3:8b", "model", "qwen3:8b"),
        ("MENSETSU_JUDGE", "json", "judge", "json"),
        ("MENSETSU_REQUEST_TIMEOUT", "0.5", "request_timeout", 0.5),
        ("MENSETSU_REQUEST_RETRIES", "0", "request_retries", 0),
        ("MENSETSU_WEIGHTS", "models/a.gguf", "weights", Path("models/a.gguf")),
        ("MENSETSU_THREADS", "4", "threads", 4),
        ("MENSETSU_DATABASE_URL", "postgresql://db/mensetsu", "database", "postgresql://db/mensetsu"),
        ("OPENAI_BASE_URL", "http://localhost:11434/v1", "openai_base_url", "http://localhost:11434/v1"),
        ("OPENAI_BASE_URL", " http://localhost:11434/v1\n", "openai_base_url", "http://localhost:11434/v1"),
        ("OPENAI_API_KEY", KEY, "openai_api_key", SecretStr(KEY)),
        ("OPENAI_API_KEY", f"  {KEY}\r\n", "openai_api_key", SecretStr(KEY)),
    ],
)
def test_read_from_the_environment(monkeypatch: pytest.MonkeyPatch, name: str, text: str, option: str, value: object) -> None:
    monkeypatch.setenv(name, text)
    assert getattr(Settings(), option) == value


@pytest.mark.parametrize("blank", ["", "  \n"])
@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "OPENAI_BASE_URL"])
def test_a_blank_variable_is_not_set(monkeypatch: pytest.MonkeyPatch, name: str, blank: str) -> None:
    monkeypatch.setenv(name, blank)
    assert not Settings().uses_endpoint
    assert configured_endpoint(Settings()) is None


@pytest.mark.parametrize("name", ["MENSETSU_PORT", "MENSETSU_MODEL", "MENSETSU_WEIGHTS", "MENSETSU_DATABASE_URL"])
def test_an_empty_variable_leaves_the_default(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "")
    assert Settings() == Settings(_env_file=None)
    assert (Settings().port, Settings().model, Settings().weights, Settings().database_url) == (7860, None, None, None)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("MENSETSU_LANGUAGE", "fr"),
        ("MENSETSU_PORT", "70000"),
        ("MENSETSU_PORT", "http"),
        ("MENSETSU_JUDGE", "oracle"),
        ("MENSETSU_REQUEST_TIMEOUT", "0"),
        ("MENSETSU_REQUEST_RETRIES", "-1"),
        ("MENSETSU_THREADS", "0"),
        ("OPENAI_BASE_URL", "localhost:11434/v1"),
        ("OPENAI_BASE_URL", "ftp://host/v1"),
        ("OPENAI_BASE_URL", "http://"),
        ("OPENAI_BASE_URL", "http://host:port/v1"),
        ("OPENAI_BASE_URL", "http://[::1/v1"),
    ],
)
def test_a_wrong_value_is_told_without_quoting_it(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(ValidationError) as caught:
        Settings()
    option = caught.value.errors()[0]["loc"][0]
    assert str(option).upper() == name.removeprefix("MENSETSU_")
    assert f"input_value='{text}'" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "url", "expected_url", "expected_key", "expected_model"),
    [
        (KEY, None, "https://api.openai.com/v1", KEY, "gpt-6-luna"),
        (None, "http://localhost:11434/v1", "http://localhost:11434/v1", "none", "gpt-6-luna"),
        (KEY, "http://localhost:8000/v1", "http://localhost:8000/v1", KEY, "gpt-6-luna"),
    ],
)
def test_endpoint(key: str | None, url: str | None, expected_url: str, expected_key: str, expected_model: str) -> None:
    endpoint = configured_endpoint(
        Settings(openai_api_key=key and SecretStr(key), openai_base_url=url, request_timeout=7, request_retries=1)
    )
    assert endpoint is not None
    assert (endpoint.url, endpoint.key.get_secret_value(), endpoint.model) == (expected_url, expected_key, expected_model)
    assert (endpoint.timeout, endpoint.retries, endpoint.embedded) == (7, 1, False)


def test_key_is_never_shown() -> None:
    settings = Settings(openai_api_key=SecretStr(KEY))
    endpoint = configured_endpoint(settings)
    for text in (repr(settings), str(settings), settings.model_dump_json(), repr(endpoint)):
        assert KEY not in text
