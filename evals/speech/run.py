"""Speaks the test answers, hears them with and without the prompt, and compares with what was said."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import typer
from tqdm import tqdm

from bot.services import Services
from bot.speech.audio import Samples
from bot.speech.heard import RATE
from bot.speech.voices.available import missing_extra
from evals.cached import CachedGrader
from evals.gold import Part
from evals.options import JudgeOption, LimitOption, OutOption, SeedOption, evenly
from evals.report import RESULTS, write_report
from evals.services import graded_with
from evals.speech import tables
from evals.speech.cases import answer_case, off_case
from evals.speech.clips import Clip, Clips
from evals.speech.script import Script, load_answers, load_off
from evals.speech.speed import measured
from evals.speech.transcripts import Transcripts
from knowledge.schema import LANGUAGES, Language

TRANSCRIPTS = Path(".cache/transcripts.sqlite")
VOICES_AN_ANSWER = 2
_BABBLERS = 6
_LIVE_SECONDS = (30, 90)
_LIVE_EACH = 2


def command(
    part: Annotated[str, typer.Option(help="development or reporting: the half of the questions")] = "reporting",
    judge: JudgeOption = "auto",
    limit: LimitOption = 5,
    seed: SeedOption = 0,
    out: OutOption = RESULTS,
    speed: Annotated[bool, typer.Option(help="also measure time and memory, ten minutes at the pace of real time")] = True,
    compare: Annotated[bool, typer.Option(help="also hear everything without the prompt, which takes two thirds more time")] = False,
) -> None:
    """Words, terms, fillers, delivery, grades and time of spoken answers."""
    for lang in LANGUAGES:
        if (extra := missing_extra(lang)) is not None:
            typer.echo(f"This needs voices to speak the answers: pip install 'mensetsu[{extra}]'", err=True)
            raise typer.Exit(1)
    with graded_with(judge) as (grader, services):
        path = run(grader, services, part=part, limit=limit, seed=seed, out=out, speed=speed, compare=compare)  # type: ignore[arg-type]
    typer.echo(path.read_text(encoding="utf-8"))


def run(
    grader: CachedGrader,
    services: Services,
    *,
    part: Part = "reporting",
    limit: int | None = None,
    seed: int = 0,
    out: Path = RESULTS,
    speed: bool = True,
    compare: bool = False,
) -> Path:
    """Measures a half of the questions and writes `speech.md` and `.jsonl` (`speech-development` for the other half); returns the path."""
    deck = services.deck
    clips = Clips(seed=seed)
    passes = (True, False) if compare else (True,)
    transcripts = Transcripts(services.hearing.recogniser, TRANSCRIPTS)
    try:
        spoken = [_spoken(clips, load_answers(deck, part, (lang,)), limit) for lang in LANGUAGES]
        off = _off(clips, [script for lang in LANGUAGES for script in load_off(deck, part, (lang,))])  # short, so never cut down
        answers = [
            answer_case(clip, prompted, transcripts, grader, deck)
            for clip in tqdm([clip for in_language in spoken for clip in in_language], desc="answers", unit="clip")
            for prompted in passes
        ]
        others = [
            off_case(clip, prompted, transcripts, deck) for clip in tqdm(off, desc="what was not said", unit="clip") for prompted in passes
        ]
    finally:
        transcripts.close()
    times = measured([answer for in_language in spoken for answer in _live(in_language)]) if speed else None
    name, title = ("speech", "Speech") if part == "reporting" else (f"speech-{part}", f"Speech, {part} half")
    parts = tables.parts(answers, others, times, judge=grader.judge.name, part=part, seed=seed)
    cases: list[dict[str, Any]] = [*answers, *others, *(times["answers"] if times else [])]
    return write_report(name, title, parts, cases, out)


def _spoken(clips: Clips, scripts: Sequence[Script], limit: int | None) -> list[Clip]:
    """Each answer by two speakers, clean and with noise: pink for one, babble of the other speakers for the other."""
    scripts = evenly(scripts, limit)
    turns = [
        (script, turn)
        for number, script in enumerate(scripts)
        for turn in range(VOICES_AN_ANSWER * number, VOICES_AN_ANSWER * (number + 1))
    ]
    clean = [clips.clean(script, turn) for script, turn in tqdm(turns, desc="speaking", unit="clip")]
    all_clips = []
    for number, clip in enumerate(clean):
        kind: Literal["pink", "babble"] = "babble" if number % 2 else "pink"
        others = [*clean[number + 1 :], *clean[:number]]
        # Those who say the same babble only where there are too few others.
        others = [c for c in others if c.script.id != clip.script.id] + [c for c in others if c.script.id == clip.script.id]
        all_clips += [clip, clips.noisy(clip, kind, others[:_BABBLERS])]
    return all_clips


def _off(clips: Clips, scripts: Sequence[Script]) -> list[Clip]:
    """Clips of what the prompt does not tell. The beginning of an answer is by the speaker who says all of it first."""
    made = []
    for (_, kind), group in groupby(tqdm(scripts, desc="speaking", unit="clip"), key=lambda script: (script.lang, script.kind)):
        step = VOICES_AN_ANSWER if kind == "wrong topic" else 1
        made += [clips.clean(script, step * number) for number, script in enumerate(group)]
    return made


def _live(clips: Sequence[Clip]) -> list[tuple[str, Language, Samples]]:
    """Some answers of 30 s and of 90 s: the clips of one question one after the other, cut there."""
    by_card = {
        card: np.concatenate([clip.samples for clip in group])
        for card, group in groupby((clip for clip in clips if clip.noise == "clean"), key=lambda clip: clip.script.card)
    }
    long_enough = [(card, sound) for card, sound in by_card.items() if sound.size >= max(_LIVE_SECONDS) * RATE][:_LIVE_EACH]
    return [(card, clips[0].script.lang, sound[: seconds * RATE]) for seconds in _LIVE_SECONDS for card, sound in long_enough]
