"""The report on speech: tables of what was heard beside the aims."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pandas as pd

from evals.gold import Part
from evals.report import interval, markdown_table, shown

_CONDITIONS = {"clean": ("clean",), "10 dB noise": ("pink", "babble"), "of it pink": ("pink",), "of it babble": ("babble",)}
_RATE = {"ja": "CER", "en": "WER"}
_AIMS = {("ja", "clean"): "10%", ("ja", "10 dB noise"): "13%", ("en", "clean"): "6%", ("en", "10 dB noise"): "8%"}
_MOST = 12

FLATTERS = (
    "**All speech here is synthetic.** Synthetic voices speak evenly, articulate every sound and say exactly what the script says, "
    "fillers included; real people, rooms and microphones do not. These figures flatter: expect a person to be heard worse."
)


def parts(
    answers: Sequence[dict[str, Any]], off: Sequence[dict[str, Any]], times: dict[str, Any] | None, *, judge: str, part: Part, seed: int
) -> Iterator[str]:
    """The sections of the report."""
    frame, others = _frame(answers), pd.DataFrame(off)
    heard = frame[frame["prompted"]]
    speakers = "; ".join(f"{lang}: {', '.join(sorted(set(heard[heard['lang'] == lang]['speaker'])))}" for lang in _RATE)
    minutes = heard["clip_seconds"].sum() / 60
    yield (
        f"Judge: {judge}. Gold answers, {part} half, rewritten as spoken, with fillers and pauses put in: n = {heard['id'].nunique()} "
        f"answers, each by two speakers, clean and with 10 dB noise (pink or babble): {len(heard)} recordings of {minutes:.0f} minutes, "
        f"seed {seed}. Speakers: {speakers}. The English of all but joe is that of Japanese voices, with their accent. "
        "95% bootstrap intervals by question in brackets.\n"
    )
    yield f"{FLATTERS}\n"
    yield "## Words, terms and fillers\n\n" + markdown_table(_recognition(frame))
    yield f"Recordings refused as unintelligible: {int((heard['refused'] != '').sum())} of {len(heard)}; their words count as lost.\n"
    yield "Terms lost most: " + _most(_lost_terms(heard)) + ".\n"
    yield "Fillers lost most: " + _most(Counter(f for missed in heard["fillers_missed"] for f in missed)) + ".\n"
    yield "## By speaker\n\n" + markdown_table(_by_speaker(heard))
    yield "## What was not said\n\n" + markdown_table(_off_rows(others))
    yield "## Delivery\n\n" + markdown_table(_delivery(heard))
    yield "## Content grade from speech, against the grade of what was said\n\n" + markdown_table(_grades(frame))
    if times is not None:
        yield "## Time and memory\n\n" + "\n".join(_times(times))


def _frame(answers: Sequence[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(answers)
    frame["terms_said"] = [sum(said for said, _ in terms.values()) for terms in frame["terms"]]
    frame["terms_heard"] = [sum(heard for _, heard in terms.values()) for terms in frame["terms"]]
    return frame


def _groups(frame: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    for lang in _RATE:
        for name, kinds in _CONDITIONS.items():
            rows = frame[(frame["lang"] == lang) & frame["noise"].isin(kinds)]
            if len(rows):
                yield lang, name, rows


def _share(part: str, whole: str) -> Callable[[pd.DataFrame], float]:
    """A statistic: the sum of one column over the sum of another, in per cent."""
    return lambda data: 100 * float(data[part].sum()) / float(data[whole].sum()) if data[whole].sum() else float("nan")


def _with_interval(part: str, whole: str, rows: pd.DataFrame) -> str:
    return shown(interval(_share(part, whole), rows, "card"), 1)


def _recognition(frame: pd.DataFrame) -> list[dict[str, str]]:
    return [
        {
            "recordings": f"{lang}, {condition}",
            "prompt": "yes" if prompted else "no",
            "n": str(len(rows)),
            "CER or WER %": f"{_RATE[lang]} {_with_interval('edits', 'length', rows)}",
            "aim": f"≤ {_AIMS[lang, condition]}" if prompted and (lang, condition) in _AIMS else "",
            "CER by reading %": _with_interval("kana_edits", "kana_length", rows) if lang == "ja" else "",
            "terms heard % (aim 90)": _with_interval("terms_heard", "terms_said", rows),
            "of these doubted %": f"{_share('terms_doubted', 'terms_heard')(rows):.1f}" if prompted else "",
            "fillers found % (aim 85)": _with_interval("fillers_right", "fillers", rows),
            "fillers reported that are none": str(int(rows["fillers_found"].sum() - rows["fillers_right"].sum())),
        }
        for lang, condition, both in _groups(frame)
        for prompted, rows in ((True, both[both["prompted"]]), (False, both[~both["prompted"]]))
        if len(rows)
    ]


def _lost_terms(heard: pd.DataFrame) -> Counter[str]:
    lost: Counter[str] = Counter()
    for lang, terms in zip(heard["lang"], heard["terms"], strict=True):
        for term, (said, found) in terms.items():
            lost[f"{term} ({lang})"] += said - found
    return +lost


def _most(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common(_MOST)) or "none"


def _by_speaker(heard: pd.DataFrame) -> list[dict[str, str]]:
    return [
        {
            "speaker": f"{lang}, {speaker}",
            "n": str(len(rows)),
            "CER or WER %": f"{_share('edits', 'length')(rows):.1f}",
            "terms heard %": f"{_share('terms_heard', 'terms_said')(rows):.1f}",
            "fillers found %": f"{_share('fillers_right', 'fillers')(rows):.1f}",
        }
        for (lang, speaker), rows in heard.groupby(["lang", "speaker"])
    ]


def _off_rows(others: pd.DataFrame) -> list[dict[str, str]]:
    """Terms of the prompt that nobody said. The aim is none that is not marked."""
    rows = []
    for (lang, kind), both in others.groupby(["lang", "kind"]):
        told, untold = both[both["prompted"]], both[~both["prompted"]]
        inserted = [f"{term} for {_short(row['text'])}" for row in told.to_dict("records") for term in row["inserted"]]
        rows.append(
            {
                "clips": f"{lang}, {kind}",
                "n": str(len(told)),
                "inserted, not marked (aim 0)": str(len(inserted)),
                "marked as doubtful": str(sum(len(terms) for terms in told["marked"])),
                "without prompt": str(sum(len(terms) for terms in untold["inserted"])) if len(untold) else "",
                "which": "; ".join(inserted),
            }
        )
    return rows


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"


def _delivery(heard: pd.DataFrame) -> list[dict[str, str]]:
    rows = []
    for lang, condition, data in _groups(heard):
        paced = data.dropna(subset=["pace_error"]).assign(off=lambda d: 100 * d["pace_error"].abs())
        rows.append(
            {
                "recordings": f"{lang}, {condition}",
                "n": str(len(data)),
                "pace error % (aim 5)": shown(interval(lambda d: float(d["off"].mean()), paced, "card"), 1),
                "with its sign": f"{100 * paced['pace_error'].mean():+.1f}",
                "within 5%": f"{100 * (paced['off'] <= 5).mean():.0f}%",
                "pauses": str(int(data["pauses"].sum())),
                "precision": f"{_share('pauses_right', 'pauses_found')(data) / 100:.3f}",
                "recall": f"{_share('pauses_right', 'pauses')(data) / 100:.3f}",
                "F1 (aim 0.95)": shown(interval(_f1, data, "card")),
            }
        )
    return rows


def _f1(data: pd.DataFrame) -> float:
    either = float(data["pauses"].sum() + data["pauses_found"].sum())
    return 2 * float(data["pauses_right"].sum()) / either if either else float("nan")


def _grades(frame: pd.DataFrame) -> list[dict[str, str]]:
    rows = []
    for lang, condition, both in _groups(frame):
        for prompted, data in ((True, both[both["prompted"]]), (False, both[~both["prompted"]])):
            if data.empty:
                continue
            graded = data.dropna(subset=["score", "true_text_score"])
            graded = graded.assign(change=graded["score"] - graded["true_text_score"])
            rows.append(
                {
                    "recordings": f"{lang}, {condition}",
                    "prompt": "yes" if prompted else "no",
                    "n": f"{len(graded)} of {len(data)}",
                    "mean absolute difference (aim 5)": shown(interval(lambda d: float(d["change"].abs().mean()), graded, "card"), 1),
                    "mean difference": f"{graded['change'].mean():+.1f}",
                    "95th percentile": f"{graded['change'].abs().quantile(0.95):.1f}",
                    "doubted points": str(int(graded["doubted"].sum())),
                }
            )
    return rows


def _times(times: dict[str, Any]) -> Iterator[str]:
    frame = pd.DataFrame(times["answers"])
    if len(frame):
        yield markdown_table(
            [
                {
                    "answers": f"{lang}, {seconds:.0f} s",
                    "n": str(len(rows)),
                    "final after s, median (aim 3)": f"{rows['final'].median():.1f}",
                    "longest": f"{rows['final'].max():.1f}",
                    "real-time factor (aim 0.25)": f"{rows['real_time_factor'].mean():.2f}",
                }
                for (lang, seconds), rows in frame.groupby(["lang", "seconds"])
            ]
        )
        yield "The recogniser's seconds for a second of sound, second passes included, fed at the pace of real time.\n"
    first = times["first_sound"]
    if first:
        new, cached = ([row[key] for row in first] for key in ("new", "cached"))
        yield (
            f"First sound of a Japanese question (n = {len(first)}), the voice being loaded: new {statistics.median(new):.2f} s, longest "
            f"{max(new):.2f} (aim 2); cached {statistics.median(cached):.3f} s, longest {max(cached):.3f} (aim 0.2).\n"
        )
    yield f"Peak memory of one process with embedded model, judge, recogniser and Japanese voice: {times['peak']:.2f} GB (aim 4.5).\n"
