"""Everything the page and the terminal share: the deck, the store, the model, the grader and the index."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from bot.grading.calibration import Calibrator
from bot.grading.grader import Grader
from bot.interview.planner import Plan
from bot.interview.session import InterviewSession, Means
from bot.memory.database import StoreError
from bot.memory.fitting import refit
from bot.memory.store import Store
from bot.models.embeddings import OfflineEmbeddings, make_embeddings
from bot.models.provider import ModelProvider
from bot.settings import Settings
from bot.speech.hearing import Hearing
from bot.speech.voices.speaker import Speaker
from knowledge.deck import Deck, load_deck
from knowledge.errors import IndexUnavailable
from knowledge.schema import Language

if TYPE_CHECKING:
    from knowledge.index import CardIndex

log = logging.getLogger(__name__)

# A page is made of some ten thousand small tuples: by the usual threshold of 700 the collector would go through them again and again.
COLLECT_AFTER = 50_000


def spare_collector() -> None:
    """Leaves what is there to stay out of garbage collection, and collects less often: a page takes four fifths of the time."""
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 50)


class Services:
    """Made once a process. Cheap to make: the model and the index come up when `start` is called or they are first used."""

    def __init__(self, settings: Settings) -> None:
        """Reads the deck. Raises CardError."""
        self.settings = settings
        self.deck: Deck = load_deck()
        spare_collector()
        self.models = ModelProvider(settings)
        self.hearing = Hearing(settings)
        self.speaker = Speaker(settings.cache_dir)
        self._index_lock = threading.Lock()
        self._fitting = threading.Lock()
        self._index: CardIndex | None = None

    @cached_property
    def store(self) -> Store:
        """The database, opened when it is first used: grading and searching need none. Raises StoreError."""
        return Store(self.settings.database)

    def start(self) -> None:
        """Opens the database, then brings the model and the index up in the background. Raises StoreError."""
        _ = self.store
        self.models.start()
        threading.Thread(target=self._warm_index, name="index", daemon=True).start()
        self.refit()

    def close(self) -> None:
        """Stops the model, lets a fit come to its end and closes the database."""
        self.models.close()
        self.speaker.close()
        self.hearing.close()
        with self._fitting:
            pass
        if "store" in self.__dict__:
            self.store.close()

    @cached_property
    def grader(self) -> Grader:
        """The grader; grading waits for the model when it is not up yet."""
        # Quotes are found offline whatever the index uses: they are part of every grade and must not wait for a network.
        return Grader(self.models.judge(), OfflineEmbeddings(), Calibrator(self.settings.cache_dir / "baselines.json"))

    def index(self, progress: Callable[[int, int], None] | None = None) -> CardIndex:
        """The search index, built when the cards or the embedding changed. Raises IndexUnavailable."""
        with self._index_lock:
            if self._index is None:
                from knowledge.index import CardIndex  # Chroma is slow to import, and the page comes up without it

                embeddings, name = make_embeddings(self.settings)
                index = CardIndex(embeddings, name, folder=self.settings.cache_dir / "index", chroma_url=self.settings.chroma_url)
                index.refresh(self.deck, progress)
                self._index = index
            return self._index

    def find(self, text: str, lang: Language) -> str | None:
        """The id of the card a person asks for in words; None when nothing is found or the index is not to be had."""
        try:
            hits = self.index().search(text, lang=lang, limit=1)
        except IndexUnavailable as error:
            log.warning("no index: %s", error)
            return None
        return hits[0].card_id if hits else None

    def refit(self) -> None:
        """Fits the learner's own forgetting curve in the background, if there is enough new to fit it to."""
        if self._fitting.acquire(blocking=False):
            threading.Thread(target=self._fit, name="fitting", daemon=True).start()

    def begin(self, plan: Plan) -> InterviewSession:
        """A new interview. Raises NothingFits or StoreError."""
        return InterviewSession.begin(self._means, plan)

    def session(self, interview_id: str) -> InterviewSession:
        """A stored interview; KeyError if there is none."""
        return InterviewSession(self._means, interview_id)

    @property
    def _means(self) -> Means:
        return Means(self.store, self.deck, lambda: self.grader, self.find, self.refit)

    def _warm_index(self) -> None:
        try:
            self.index()
        except IndexUnavailable as error:
            log.warning("no index: %s", error)

    def _fit(self) -> None:
        try:
            refit(self.store)
        except StoreError as error:
            log.warning("no fit: %s", error)
        finally:
            self._fitting.release()
