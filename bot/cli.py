"""The command line: the page, an interview in the terminal, search, and grading for machines."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from bot.log import set_up_logging
from bot.memory.database import StoreError
from bot.services import Services
from bot.settings import Settings
from bot.text import t
from knowledge.deck import CardError
from knowledge.schema import Language

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Mensetsu 面接: a mock interviewer for technical interviews.")

LanguageOption = Annotated[str, typer.Option("--lang", help="ja or en")]


def main() -> None:
    """Entry point of the `mensetsu` command."""
    app()


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"MENSETSU_{first['loc'][0]}".upper()
        lang: Language = "en" if os.environ.get("MENSETSU_LANGUAGE") == "en" else "ja"
        _stop(t("error.settings", lang, name=name, detail=first["msg"]))
        raise AssertionError("unreachable") from error


def _stop(sentence: str) -> None:
    """Ends the program with one sentence and status 1."""
    typer.secho(sentence, err=True, fg="red")
    raise typer.Exit(1)


@contextmanager
def _services(settings: Settings) -> Iterator[Services]:
    """The services, or one sentence on what stands in the way."""
    lang = settings.language
    set_up_logging(settings)
    try:
        services = Services(settings)
    except CardError as error:
        _stop(t("error.cards", lang, faults=error))
        raise
    except StoreError as error:
        _stop(t(f"error.{error.reason}", lang, path=settings.data_dir))
        raise
    try:
        yield services
    except StoreError as error:
        _stop(t(f"error.{error.reason}", lang, path=settings.data_dir))
    finally:
        services.close()


def _language(name: str, settings: Settings) -> Language:
    if not name:
        return settings.language
    if name not in ("ja", "en"):
        raise typer.BadParameter("ja or en", param_hint="--lang")
    return "ja" if name == "ja" else "en"


@app.command("serve")
def serve_command() -> None:
    """Serve the page on MENSETSU_HOST:MENSETSU_PORT (127.0.0.1:7860)."""
    serve()


def serve() -> None:
    """Serves the page until it is stopped."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    settings = _settings()
    if not _port_is_free(settings):
        _stop(t("error.port", settings.language, port=settings.port))
    with _services(settings) as services:
        from bot.ui.page import build_page, launch_options

        services.start()
        page = build_page(services)
        page.queue(default_concurrency_limit=8)
        page.launch(server_name=settings.host, server_port=settings.port, prevent_thread_lock=True, quiet=True, **launch_options())
        typer.echo(t("cli.serving", settings.language, url=page.local_url))
        page.block_thread()


def _port_is_free(settings: Settings) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            return False
    return True


@app.command()
def practice(
    lang: LanguageOption = "",
    count: Annotated[int, typer.Option(help="number of questions", min=1)] = 5,
    topic: Annotated[list[str] | None, typer.Option(help='topic, such as "mlops" or "mlops/monitoring"; may be given again')] = None,
    difficulty: Annotated[str, typer.Option(help="easy, medium or hard")] = "",
    exam: Annotated[bool, typer.Option(help="feedback at the end only")] = False,
) -> None:
    """Take an interview in the terminal."""
    from bot.interview.planner import Plan
    from bot.terminal import interview

    settings = _settings()
    language = _language(lang, settings)
    if difficulty not in ("", "easy", "medium", "hard"):
        raise typer.BadParameter("easy, medium or hard", param_hint="--difficulty")
    plan = Plan(language, "exam" if exam else "practice", tuple(topic or ()), difficulty or None, count)  # type: ignore[arg-type]
    with _services(settings) as services:
        services.start()
        if not interview(services, plan):
            _stop(t("start.nothing_fits", language))


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="what to look for, in your own words")],
    lang: LanguageOption = "",
    topic: Annotated[str | None, typer.Option(help="only this topic")] = None,
    difficulty: Annotated[str | None, typer.Option(help="only this difficulty")] = None,
    frequency: Annotated[str | None, typer.Option(help="only this frequency")] = None,
    limit: Annotated[int, typer.Option(min=1, max=50)] = 5,
) -> None:
    """Find questions by meaning, in either language."""
    from rich.progress import Progress

    from knowledge.index import IndexUnavailable

    settings = _settings()
    language = _language(lang, settings)
    with _services(settings) as services:
        try:
            with Progress(transient=True, disable=not sys.stderr.isatty()) as bar:
                task = bar.add_task(t("cli.building", language, done=0, total=0), total=None)
                index = services.index(lambda done, total: bar.update(task, completed=done, total=total))
            hits = index.search(text, lang=language, topic=topic, difficulty=difficulty, frequency=frequency, limit=limit)
        except IndexUnavailable as error:
            _stop(t("error.index", language, reason=error.reason))
            raise
        for hit in hits:
            card = services.deck.get(hit.card_id, language)
            typer.echo(f"{hit.similarity:.3f}  {card.id:26} {card.title}\n       {card.question}")
        if not hits:
            typer.echo(t("cli.nothing_found", language))


@app.command()
def grade(
    file: Annotated[Path | None, typer.Argument(help="JSON Lines file; standard input when left out")] = None,
    out: Annotated[Path | None, typer.Option(help="where to write; standard output when left out")] = None,
) -> None:
    """Grade answers given as JSON Lines; one record a line is written as soon as it is had. Status 1 when any line failed."""
    from bot.batch import grade_lines

    settings = _settings()
    failed = False
    with _services(settings) as services:
        source = file.open(encoding="utf-8-sig", errors="replace") if file else sys.stdin
        sink = out.open("w", encoding="utf-8") if out else sys.stdout
        try:
            for record in grade_lines(source, services.deck, services.grader):
                failed |= record["state"] in {"error", "ungraded"}
                sink.write(json.dumps(record, ensure_ascii=False) + "\n")
                sink.flush()
        finally:
            if file:
                source.close()
            if out:
                sink.close()
    if failed:
        raise typer.Exit(1)
