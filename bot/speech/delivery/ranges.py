"""In which range each figure of delivery is taken to be good, and how far off it must be to count for nothing.

What the literature gives:
- English pace: interviews in British English run at 160 to 210 words a minute, lectures at 125 to 160 (Tauroza and Allison, Speech rates
  in British English, Applied Linguistics 11(1), 1990). Those are over the whole time, pauses included, ours is over speech time. From the
  slow end of a lecture to the upper part of an interview is our own choice.
- Japanese pace: read aloud, with pauses left out, Japanese runs at 7.84 syllables a second, 470 a minute (Pellegrino, Coupé and Marsico,
  A cross-language perspective on speech information rate, Language 87(3), 2011); a syllable holds one or two morae. The range around that
  is our own choice.
- Pauses: silences above one second are hardly heard in read speech and belong to spontaneous speech (Campione and Véronis, A large-scale
  multilingual study of silent pause duration, Speech Prosody 2002). How many are too many is our own choice.
- Before the first word: in conversation an answer follows a question within a fraction of a second, in Japanese the fastest of ten
  languages (Stivers et al., Universals and cultural variation in turn-taking in conversation, PNAS 106(26), 2009). An interview question
  wants thought; five seconds are our own choice.
- Fillers: in English conversation about 6 of 100 words are disfluent, fillers under half of them (Bortfeld, Leon, Bloom, Schober and
  Brennan, Disfluency rates in conversation, Language and Speech 44(2), 2001): some four a minute at 150 words. Fillers are normal: uh and
  um tell a listener that a delay is coming (Clark and Fox Tree, Using uh and um in spontaneous speaking, Cognition 84, 2002). We also
  count phrases such as "you know", and in Japanese phrases beside sounds; the ranges above that are our own choice.
Answer length, time to the first key point, signals, loudness and clipping: our own choice throughout.
"""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.schema import Language


@dataclass(frozen=True)
class Range:
    """The good range of a figure, its weight in the score of delivery, and how far outside of the range it counts for nothing."""

    low: float
    high: float
    give: float
    weight: int = 1


_COMMON = {
    "length": Range(60, 120, 60, weight=2),  # seconds from the first to the last word
    "before_first": Range(0, 5, 5),  # seconds
    "pauses": Range(0, 4, 6),  # of a second or more, a minute of the answer
    "pause_share": Range(0, 0.2, 0.3),  # of the answer's length, in pauses of a second or more
    "longest_pause": Range(0, 3, 5),  # seconds
    "first_point": Range(0, 0.3, 0.4, weight=2),  # share of the answer before the first key point
    "structure": Range(2, 5, 2, weight=2),  # kinds of signals, of five
    "spread": Range(0, 6, 6),  # standard deviation of loudness, dB
    "trend": Range(-4, 6, 8),  # the last quarter against what came before, dB
    "clipping": Range(0, 0.001, 0.05, weight=0),  # share of samples; the microphone's doing, not the speaker's
}
RANGES: dict[Language, dict[str, Range]] = {
    "ja": {
        "pace": Range(350, 520, 150, weight=3),  # morae a minute of speech
        "fillers": Range(0, 8, 12, weight=3),  # a minute of speech
        **_COMMON,
    },
    "en": {
        "pace": Range(130, 200, 60, weight=3),  # words a minute of speech
        "fillers": Range(0, 6, 12, weight=3),
        **_COMMON,
    },
}
