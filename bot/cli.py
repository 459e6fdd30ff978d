"""The command line: the page, an interview in the terminal, search, and grading for machines."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.exits import read_settings, run, stop, told
from bot.log import set_up_logging
from bot.services import Services
from bot.settings import Settings
from bot.text import t
from knowledge.schema import Difficulty, Frequency, Language

# A traceback is for the log; one on the screen could show an answer.
app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Mensetsu 面接: a mock interviewer for technical interviews.",
)

LanguageOption = Annotated[
    Language | None, typer.Option("--lang", help="language of the questions and messages; else MENSETSU_LANGUAGE, else ja")
]


def main() -> None:
    """Entry point of the `mensetsu` command."""
    run(app)


def serve() -> None:
    """Entry point of app.py: serves the page until it is stopped."""
    run(lambda: app(["serve"]))


@contextmanager
def _services(lang: Language | None, interrupted: str = "cli.interrupted") -> Iterator[tuple[Services, Language]]:
    """The services and the language to speak, or one sentence on what stands in the way."""
    settings = read_settings(lang)
    language = lang or settings.language
    set_up_logging(settings)
    with told(settings, language, interrupted):
        services = Services(settings)
        try:
            yield services, language
        finally:
            services.close()


@app.command("serve")
def serve_command() -> None:
    """Serve the page on MENSETSU_HOST:MENSETSU_PORT (127.0.0.1:7860)."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    with _services(None) as (services, lang):
        settings = services.settings
        _check_port(settings)
        from bot.ui.page import build_page, launch_options

        page = build_page(services)
        page.queue(default_concurrency_limit=8)
        page.launch(server_name=settings.host, server_port=settings.port, prevent_thread_lock=True, quiet=True, **launch_options())
        # Loading the model takes all processors, and the page would come up after it instead of before.
        services.start()
        typer.echo(t("cli.serving", lang, url=page.local_url))
        page.block_thread()


def _check_port(settings: Settings) -> None:
    """Ends the program with a sentence when the page could not be served there."""
    host, port = settings.host, settings.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            stop(t("error.port", settings.language, port=port))
        stop(t("error.host", settings.language, host=host, port=port))


@app.command()
def practice(
    lang: LanguageOption = None,
    count: Annotated[int, typer.Option(help="number of questions", min=1)] = 5,
    topic: Annotated[list[str] | None, typer.Option(help='topic, such as "mlops" or "mlops/monitoring"; may be given again')] = None,
    difficulty: Annotated[Difficulty | None, typer.Option(help="only this difficulty")] = None,
    exam: Annotated[bool, typer.Option("--exam", help="feedback at the end only")] = False,
) -> None:
    """Take an interview in the terminal."""
    from bot.interview.planner import Plan
    from bot.interview.session import NothingFits
    from bot.terminal import interview

    with _services(lang, "cli.interrupted_practice") as (services, language):
        services.start()
        try:
            interview(services, Plan(language, "exam" if exam else "practice", tuple(topic or ()), difficulty, count))
        except NothingFits:
            stop(t("start.nothing_fits", language))


@app.command()
def review(
    lang: LanguageOption = None,
    minutes: Annotated[
        int | None,
        typer.Option(min=1, max=600, help="minutes it may take; else what you allow a day, half of it while there are new questions"),
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="only list what is due")] = False,
) -> None:
    """Go through what is due again, most urgent first."""
    from rich.console import Console

    from bot.interview.planner import Plan
    from bot.review_command import show_due
    from bot.terminal import interview

    with _services(lang, "cli.interrupted_practice") as (services, language):
        due = show_due(services, language, Console())
        if due and not show:
            services.start()
            interview(services, Plan(language, "review", minutes=minutes))


@app.command()
def progress(lang: LanguageOption = None) -> None:
    """Show how well each topic is known, and the weakest points."""
    from rich.console import Console

    from bot.review_command import show_progress

    with _services(lang) as (services, language):
        show_progress(services, language, Console())


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="what to look for, in your own words")],
    lang: LanguageOption = None,
    topic: Annotated[str | None, typer.Option(help="only this topic")] = None,
    difficulty: Annotated[Difficulty | None, typer.Option(help="only this difficulty")] = None,
    frequency: Annotated[Frequency | None, typer.Option(help="only this frequency")] = None,
    limit: Annotated[int, typer.Option(min=1, max=50)] = 5,
) -> None:
    """Find questions by meaning, in either language."""
    from rich.console import Console
    from rich.progress import Progress

    with _services(lang) as (services, language):
        with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
            task = bar.add_task(t("cli.building", language), total=None)
            index = services.index(lambda done, total: bar.update(task, completed=done, total=total))
        hits = index.search(text, lang=language, topic=topic, difficulty=difficulty, frequency=frequency, limit=limit)
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
    """Grade answers given as JSON Lines.

    In: {"id", "lang": "ja" or "en", "answer", "card"}, where "card" is an id such as "regularization" or "seed:2"; or, in place of "card",
    "question" and "reference", and if you like "points": [{"text", "weight"}].

    Out: one record a line, in the same order, written as soon as it is had: "state" (graded, no_answer, ungraded or error), "score",
    "interval", "verdicts" with quotes, and more; the README has it all.

    Status 1 when any line failed or was left ungraded.
    """
    from bot.grade_command import grade_file

    with _services(None, "cli.interrupted_grade") as (services, lang):
        if not grade_file(file, out, services, lang):
            raise typer.Exit(1)


@app.command()
def points(
    file: Annotated[Path | None, typer.Argument(help="JSON Lines file; standard input when left out")] = None,
    out: Annotated[Path | None, typer.Option(help="where to write; standard output when left out")] = None,
) -> None:
    """Take reference answers apart into key points, to be looked over before answers are graded by them.

    In: {"lang": "ja" or "en", "question", "reference"} and whatever else you like, given as JSON Lines.

    Out: each line with its "points": [{"text", "weight", "source"}], worded by the model and checked against the reference, or cut from the
    reference ("source"). Change them as you like, add "id" and "answer", and give the file to "mensetsu grade".
    """
    from bot.points_command import derive_file

    with _services(None, "cli.interrupted_grade") as (services, lang):
        if not derive_file(file, out, services, lang):
            raise typer.Exit(1)


@app.command()
def voices(lang: LanguageOption = None) -> None:
    """Make everything the interviewer says ahead of time (some minutes, once), so that no question has to be waited for."""
    from bot.voices_command import prepare_voices

    with _services(lang) as (services, language):
        prepare_voices(services.speaker, services.deck, language)


export_app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, help="Write reports, flash cards, tables or a backup, and read a backup."
)
app.add_typer(export_app, name="export")


@export_app.command("report")
def export_report(
    path: Annotated[Path, typer.Argument(help="file to write; .md for Markdown, .pdf for PDF")],
    interview: Annotated[str | None, typer.Option(help="id of the interview; the latest when left out")] = None,
    lang: LanguageOption = None,
) -> None:
    """Write the report of an interview."""
    from bot.export_command import export_file

    with _services(lang) as (services, language):
        export_file(services, "report", path, language, interview=interview)


@export_app.command("anki")
def export_anki(path: Annotated[Path, typer.Argument(help="file to write (.apkg)")], lang: LanguageOption = None) -> None:
    """Write an Anki deck of the key points that were missed; importing it again updates it."""
    from bot.export_command import export_file

    with _services(lang) as (services, language):
        export_file(services, "anki", path, language)


@export_app.command("attempts")
def export_attempts(
    folder: Annotated[Path, typer.Argument(help="folder to write to; made when there is none")],
    format: Annotated[Literal["csv", "json", "parquet"], typer.Option(help="format of the tables")] = "csv",
    lang: LanguageOption = None,
) -> None:
    """Write all answers with their verdicts as tables."""
    from bot.export_command import export_file

    with _services(lang) as (services, language):
        export_file(services, "attempts", folder, language, format=format)


@export_app.command("disputes")
def export_disputes(path: Annotated[Path, typer.Argument(help="file to write (.jsonl)")], lang: LanguageOption = None) -> None:
    """Write the verdicts you disputed, with answers, as data for the next calibration. Nothing is sent anywhere."""
    from bot.export_command import export_file

    with _services(lang) as (services, language):
        export_file(services, "disputes", path, language)


@export_app.command("learner")
def export_everything(path: Annotated[Path, typer.Argument(help="file to write (.zip)")], lang: LanguageOption = None) -> None:
    """Write everything that is stored of you, for another computer or as a backup."""
    from bot.export_command import export_file

    with _services(lang) as (services, language):
        export_file(services, "learner", path, language)


@export_app.command("import")
def import_everything(path: Annotated[Path, typer.Argument(help="file written by “export learner”")], lang: LanguageOption = None) -> None:
    """Take in what “export learner” wrote, all or nothing."""
    from bot.export_command import import_file

    with _services(lang) as (services, language):
        import_file(services, path, language)
