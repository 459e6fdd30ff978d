"""The PDF holds the words of the report as text, in a font it brings along."""

from __future__ import annotations

import io
from importlib import metadata
from typing import Any

import pytest
from pypdf import PdfReader

from bot.export import pdf as module
from bot.export.errors import ExportError
from bot.export.pdf import interview_pdf
from bot.memory.store import Question, Store
from bot.memory.tables import now
from bot.text import t
from knowledge.schema import Language
from tests.export.conftest import ANSWERS, DECK, fill

LANGUAGES: tuple[Language, ...] = ("ja", "en")


def read(data: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(data), strict=True)


def words(reader: PdfReader) -> str:
    """All text without blanks: a line's end is no part of a Japanese word. Page numbers, which may stand in the middle, are left out."""
    pages = ("".join(page.extract_text().split()) for page in reader.pages)
    number = "".join(t("report.page", "ja", page=0, pages=0).split())
    return "".join(page[: -len(number)] if page.endswith("ページ") else page for page in pages)


def squeezed(text: str) -> str:
    return "".join(text.split()).replace("👍", "□").translate({ord("“"): '"', ord("”"): '"', ord("’"): "'"})


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_text_can_be_read_back(store: Store, lang: Language) -> None:
    interview_id = fill(store, lang)
    reader = read(interview_pdf(store, DECK, interview_id, lang))
    found = words(reader)
    for turn in store.interview(interview_id).turns[:4]:
        assert squeezed(turn.question) in found
        for attempt in turn.attempts:
            assert squeezed(attempt.answer) in found
    for outcome, mark in (("hit", "✓"), ("partly", "◐"), ("missed", "○"), ("contradicted", "×")):
        assert squeezed(f"{mark}{t(f'verdict.{outcome}', lang)}") in found
    card = DECK.get("regularization", lang)
    assert squeezed(card.misconceptions[0].correction) in found
    assert squeezed(t("summary.title", lang)) in found
    assert reader.metadata is not None
    assert (reader.metadata.title or "").startswith(t("report.title", lang))
    assert [entry.title for entry in reader.outline][:1] == [f"1. {card.title}"]  # type: ignore[union-attr]


def test_the_only_font_is_embedded_and_cut_down(store: Store) -> None:
    data = interview_pdf(store, DECK, fill(store), "ja")
    assert len(data) < 200_000  # the whole font is 6 MB
    for page in read(data).pages:
        resources: Any = page["/Resources"]
        for font in resources["/Font"].values():
            found = font.get_object()
            assert "IPAexGothic" in found["/BaseFont"]
            assert "/FontFile2" in found["/DescendantFonts"][0].get_object()["/FontDescriptor"]
            assert "/ToUnicode" in found


def test_what_the_font_lacks_and_what_looks_like_a_command(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    answer = "ｶﾞ が👨‍👩‍👧‍👦 か\u3099 {nb} \x07≤\t**x** (\\)\u2028한 ü " + "長い回答です。" * 400 + "W" * 500
    interview_id = store.create_interview("ja", "practice", {}, [Question("mlops", "?")])
    [turn] = store.interview(interview_id).turns
    store.update_turn(turn.id, asked_at=now())
    store.add_attempt(turn, "ja", answer)
    reader = read(interview_pdf(store, DECK, interview_id, "ja"))
    assert len(reader.pages) > 1
    found = words(reader)
    assert "ｶﾞが□□□□が{nb}□**x**(\\)□□ü長い回答です。" in found
    assert found.count("長い回答です。") == 400
    assert found.count("W") == 500
    last = "".join(reader.pages[-1].extract_text().split())
    assert last.endswith("".join(t("report.page", "ja", page=len(reader.pages), pages=len(reader.pages)).split()))
    assert "missing" not in caplog.text


def test_without_the_font_it_says_what_to_install(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "files", lambda name: metadata.files("no-such-package"))
    interview_id = fill(store)
    with pytest.raises(ExportError) as caught:
        interview_pdf(store, DECK, interview_id, "ja")
    assert (caught.value.reason, caught.value.values) == ("package", {"name": "no-such-package"})
    assert ANSWERS["ja"] not in str(caught.value)
