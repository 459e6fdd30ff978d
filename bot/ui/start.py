"""What the start of the page says and offers: the lead, a sample of a grade, and the choices of an interview."""

from __future__ import annotations

from html import escape

from bot.grading.verdict import Verdict
from bot.text import t
from bot.ui.score_card import MARKS
from knowledge.deck import Deck, topics
from knowledge.schema import Language

ANY = ""
MODES = ("practice", "exam")
DIFFICULTIES = ("easy", "medium", "hard")
_SAMPLE = (Verdict.HIT, Verdict.PARTLY, Verdict.MISSED)


def lead(lang: Language) -> str:
    """What this is, in two lines."""
    return f'<div class="m-lead"><h2>{t("start.title", lang)}</h2><p>{t("start.lead", lang)}</p></div>'


def sample(lang: Language) -> str:
    """A small grade to show what a person gets for an answer."""
    rows = []
    for verdict in _SAMPLE:
        name = verdict.value
        quote = "" if verdict is Verdict.MISSED else f"<blockquote>{escape(t(f'sample.{name}.quote', lang))}</blockquote>"
        mark = f'<i aria-hidden="true">{MARKS[verdict]}</i>'
        rows.append(
            f'<li class="m-point m-{name}"><span class="m-verdict">{mark} {t(f"verdict.{name}", lang)}</span>'
            f"<div><b>{escape(t(f'sample.{name}.point', lang))}</b>{quote}</div></li>"
        )
    steps = "".join(f"<li>{escape(t(f'sample.step{n}', lang))}</li>" for n in (1, 2, 3))
    return (
        f'<aside class="m-sample" lang="{lang}"><h3>{t("sample.how", lang)}</h3><ol class="m-steps">{steps}</ol>'
        f'<div class="m-sample-card"><p class="m-sample-title">{t("sample.title", lang)}</p>'
        f'<p class="m-sample-score"><strong>68</strong> <span>{t("card.of", lang)}</span></p>'
        f'<ol class="m-points">{"".join(rows)}</ol></div></aside>'
    )


def modes(lang: Language) -> list[tuple[str, str]]:
    """Practice and exam."""
    return [(t(f"start.{mode}", lang), mode) for mode in MODES]


def difficulties(lang: Language) -> list[tuple[str, str]]:
    """Any difficulty first."""
    return [(t("start.difficulty_any", lang), ANY)] + [(t(f"difficulty.{d}", lang), d) for d in DIFFICULTIES]


def topic_choices(deck: Deck, lang: Language) -> list[tuple[str, str]]:
    """Branches and leaves that have cards."""
    used = {card.topic for card in deck}
    choices: list[tuple[str, str]] = []
    for path, leaf in topics().items():
        if path not in used:
            continue
        branch = path.split("/", 1)[0]
        if (leaf.branch[lang], branch) not in choices:
            choices.append((leaf.branch[lang], branch))
        choices.append((f"{leaf.branch[lang]} › {leaf.leaf[lang]}", path))
    return choices
