"""Which words of an English transcript are fillers.

Sounds (um, uh, er) are fillers wherever they stand. Phrases that can also mean something count only where they mean nothing: "you know,"
but not "do you know"; ", like," but not "looks like" or "methods like this"; "kind of slow" but not "this kind of model".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bot.speech.delivery.transcript import GAP


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Case tells sounds from terms: HMM is a hidden Markov model, ER a kind of diagram.
_SOUNDS = {
    "um": re.compile(r"\b(?:[Uu]+m+|[Uu]+hm+)\b(?!-)"),
    "uh": re.compile(r"\b[Uu]+h+\b(?!-)"),
    "er": re.compile(r"\b(?:[Ee]r|[Ee]r+m+)\b(?!-)"),
    "ah": re.compile(r"\b(?:[Aa]+h+|[Ee]+h+)\b(?!-)"),
    "hmm": re.compile(r"(?<!\d )\b(?:[Hh]m+|[Mm]m+)\b(?!-)"),
}
_PHRASE = re.compile(r"\b(?:you know|I mean|like|sort of|kind of|basically)\b(?!['-])", re.IGNORECASE)
_STOP = re.compile(rf"[.,;:!?…—–](?=\s|$)|{GAP}")

# Before and after "you know" where somebody knows something.
_KNOWING = _words(
    """
    do did does don't if as when once what how let that which would should all until unless where whether more things
    because since before after
    """
)
_KNOWN = _words(
    """
    what how that why which where who whether if when about the your this it it's its that's there's them better in you
    you're we they a an i nothing
    """
)
# Before and after "I mean" where somebody means something.
_MEANING = _words("what which that by how do did whatever")
_MEANT = _words("that by to it this what business")
# Before "like" where something is like something.
_LIKENESS = _words(
    """
    look looks looked looking feel feels felt sound sounds sounded seem seems seemed behave behaves act acts work works
    would i'd you'd we'd they'd i'll you'll more much just not something anything nothing everything stuff things
    """
)
_BEFORE_AMOUNT = _words(
    """
    takes took take taking has had have got was were is are be it's that's there's by in for about only maybe and but so
    then to get gets need needs used at than because every within around costs cost
    """
)
_AMOUNT = re.compile(
    r"(?:\d|(?:one|two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|fifty|ninety|hundred|half|really|very|totally|super|literally)\b)",
    re.IGNORECASE,
)
_JOINING = _words("and but so because then")
_CLAUSE = re.compile(r"(?:i|you|we|they|he|she|it|it's|that's|there's|if|when|maybe|i'm|we're|you're|they're)\b", re.IGNORECASE)
_SAID = re.compile(
    r"(?:i|we|you|they)(?:'ve| have|'d| had)?(?: just)? (?:said|mentioned|say|told|explained|described|saw|did|do)\b", re.IGNORECASE
)
_FILLER = re.compile(r"(?:u+m+|u+h+|er|you know|i mean|sort of|kind of)\b", re.IGNORECASE)
# Before "kind of" where there is a kind.
_DETERMINERS = _words(
    """
    a an the this that what which some any these those one another every each other same no my your its their our whatever
    """
)
_QUALITIES = _words(
    """
    different best worst new certain common simple simplest similar special right wrong main first second third only last
    whole typical particular good bad better usual specific weird standard basic important key general separate various
    """
)


class _Place:
    """Where a phrase stands: what is said before and after it in its clause, and whether it is set off from that."""

    def __init__(self, text: str, start: int, end: int) -> None:
        before = _STOP.split(text[:start])[-1].split()
        self.clause = " ".join(word.lower() for word in before if not _is_sound(word))
        self.before = self.clause.rpartition(" ")[2]
        self.rest = text[end:].lstrip(" ")
        self.opens = not self.clause
        self.closes = not self.rest or _STOP.match(self.rest) is not None
        self.after = "" if self.closes else _STOP.split(self.rest)[0].split()[0].lower()
        said = _STOP.sub(" ", text[:start]).split()
        self.after_sound = bool(said) and _is_sound(said[-1])
        self.before_filler = _FILLER.match(self.rest) is not None


def find(text: str) -> Iterator[tuple[str, int, int]]:
    """The fillers of a transcript, in order: kind, first character and the one after the last."""
    found = [(kind, *match.span()) for kind, sound in _SOUNDS.items() for match in sound.finditer(text)]
    for match in _PHRASE.finditer(text):
        kind = match.group().lower().replace("i mean", "I mean")
        if _EMPTY[kind](_Place(text, *match.span())):
            found.append((kind, *match.span()))
    yield from sorted(found, key=lambda filler: filler[1])


def _is_sound(word: str) -> bool:
    return any(sound.fullmatch(word) for sound in _SOUNDS.values())


def _you_know(at: _Place) -> bool:
    if at.before in _KNOWING or at.after in _KNOWN:
        return False
    return at.closes or at.opens or at.after_sound or at.before_filler


def _i_mean(at: _Place) -> bool:
    # "by drift I mean ..." explains a word
    if at.before in _MEANING or re.search(r"\bby\b(?: [\w'-]+){1,4}$", at.clause):
        return False
    return at.after not in _MEANT


def _like(at: _Place) -> bool:
    if at.opens and at.closes:
        return True
    if at.before in _LIKENESS or _SAID.match(at.rest):
        return False
    if at.after_sound or at.before_filler:
        return True
    if at.closes:
        return at.before in _JOINING
    return (at.before in _BEFORE_AMOUNT and _AMOUNT.match(at.rest) is not None) or (
        at.before in _JOINING and _CLAUSE.match(at.rest) is not None
    )


def _kind_of(at: _Place) -> bool:
    return at.before not in _DETERMINERS | _QUALITIES and at.after != "you"


_EMPTY: dict[str, Callable[[_Place], bool]] = {
    "you know": _you_know,
    "I mean": _i_mean,
    "like": _like,
    "sort of": _kind_of,
    "kind of": _kind_of,
    "basically": lambda at: True,
}
