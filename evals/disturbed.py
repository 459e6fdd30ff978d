"""Open answers with something beside the subject, which must not change what is judged, and texts that only look like answers."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.grading.text import split_sentences
from evals.options import evenly
from evals.probe_data import FIRST_KINDS, OPEN, Example, rows
from knowledge.schema import LANGUAGES, Language

SOURCE = "disturbed"
SPOKEN = Path(__file__).parent / "addressed"
# Answers a language of each kind; each is read once for all its points.
ANSWERS, EMPTY = 60, 18
# What people say around an answer. Not those of `variants`, which parity is measured with.
_ASIDES: dict[Language, tuple[str, ...]] = {
    "ja": (
        "以上になります。",
        "私からはこのくらいです。",
        "ちょっと緊張していますが、聞いてくださって助かります。",
        "少し考えさせてください。",
        "すみません、喉が渇いていて。",
        "面白いご質問ですね。",
        "このあたりは前に本で読みました。",
        "うまくまとまっていなかったらすみません。",
        "雨の音が入っていたらごめんなさい。",
        "こういうお話は好きなんです。",
        "他にも何かあればどうぞ。",
        "では、続きは後ほどということで。",
    ),
    "en": (
        "That's about it from me.",
        "I'll stop there.",
        "Sorry, I'm a bit nervous today, bear with me.",
        "Give me a second to think.",
        "Sorry, there's some noise from the street.",
        "That's an interesting one.",
        "I read about this in a book some time ago.",
        "I hope that wasn't too messy.",
        "I rather enjoy talking about this kind of thing.",
        "Happy to go on if you'd like more.",
        "Anyway, that's how I'd put it.",
        "My coffee is getting cold, so I'll leave it at that.",
    ),
}
_CHUNK: dict[Language, re.Pattern[str]] = {
    "ja": re.compile(r"[A-Za-z0-9]+[ぁ-ん]*|[一-鿿々ァ-ヺー]+[ぁ-ん]*|[ぁ-ん]+"),
    "en": re.compile(r"[\w'-]+"),
}


def disturbed(seed: int = 0, folder: Path = OPEN) -> list[Example]:
    """Every point of the disturbed answers. A group is a question, as with the undisturbed ones.

    Behind an answer comes a sentence or two to the grader, an aside, a sentence of it once more or the question; labels stay. Salads of
    the reference's words, and sentences to the grader alone, state nothing.
    """
    rng = random.Random(seed)
    return [example for lang in LANGUAGES for example in _of(lang, [row for row in rows(folder) if row["lang"] == lang], rng)]


def _of(lang: Language, questions: list[dict[str, Any]], rng: random.Random) -> Iterator[Example]:
    joint = "" if lang == "ja" else " "
    lines = (SPOKEN / f"attacks.{lang}.jsonl").read_text(encoding="utf-8").splitlines()
    spoken = [json.loads(line)["text"] for line in lines]
    answers = [(row, answer) for row in questions for answer in row["answers"] if answer["kind"] in FIRST_KINDS]
    for number, (row, answer) in enumerate(evenly(answers, ANSWERS)):
        beside = [
            joint.join(rng.sample(spoken, rng.randint(1, 2))),
            rng.choice(_ASIDES[lang]),
            rng.choice(spoken),
            rng.choice([row["question"], rng.choice(split_sentences(answer["text"], lang)).verbatim]),
        ][number % 4]
        parts = [beside, answer["text"]] if number % 8 == 1 else [answer["text"], beside]
        for point in row["points"]:
            label = answer["labels"][point["id"]]
            yield Example(row["question"], joint.join(parts), lang, point["text"], "s", label, row["id"], SOURCE)
    for number, row in enumerate(evenly(questions, EMPTY)):
        text = _salad(row["reference"], lang, rng) if number % 2 else joint.join(rng.sample(spoken, 3))
        for point in row["points"]:
            yield Example(row["question"], text, lang, point["text"], "s", "absent", row["id"], SOURCE)


def _salad(text: str, lang: Language, rng: random.Random) -> str:
    """The words of a text in any order, in sentences of a dozen."""
    words = _CHUNK[lang].findall(text)
    rng.shuffle(words)
    joint, stop = ("", "。") if lang == "ja" else (" ", ". ")
    return "".join(joint.join(words[at : at + 12]) + stop for at in range(0, len(words), 12)).strip()
