"""The search index in a real Chroma: what it finds, when it is built, and what it says when it cannot be used."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from bot.models.embeddings import OfflineEmbeddings
from knowledge import chroma
from knowledge.deck import Deck
from knowledge.documents import texts_of
from knowledge.index import CardIndex, IndexUnavailable
from knowledge.schema import LANGUAGES, Card, Language
from tests.disk import largest_file
from tests.fakes.openai_endpoint import FakeEndpoint
from tests.fakes.word_embeddings import WordEmbeddings

Opener = Callable[..., CardIndex]

# --- what it finds, with the real embedding


@pytest.fixture(scope="module")
def real(three: Deck, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardIndex]:
    """Three cards with few glossary terms: each text takes time."""
    short = Deck(card.model_copy(update={"glossary": card.glossary[:2]}) for card in three)
    with closing(CardIndex(OfflineEmbeddings(), OfflineEmbeddings.name, folder=tmp_path_factory.mktemp("index"))) as index:
        index.refresh(short)
        yield index


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("正則化について聞いて", "regularization"),
        ("係数に罰則をかける話を出してください", "regularization"),
        ("Ask me how to keep the weights of a linear model small", "regularization"),
        ("過学習と未学習のつり合いを練習したい", "bias-variance"),
        ("本番のモデルが劣化したことにどう気づくか", "model-monitoring"),
        ("How do I notice that my model gets worse in production?", "model-monitoring"),
    ],
)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_request_in_either_language_finds_the_card_in_either_language(
    real: CardIndex, three: Deck, text: str, card: str, lang: Language
) -> None:
    best = real.search(text, lang=lang)[0]
    assert (best.card_id, best.lang) == (card, lang)
    assert best.text in {t.text for t in texts_of(three.get(card, lang))}


@pytest.mark.parametrize(("text", "lang"), [("正則化について聞いて", "ja"), ("ask me about data drift", "en")])
def test_without_a_language_a_card_comes_in_that_of_the_nearest_text(real: CardIndex, text: str, lang: Language) -> None:
    assert real.search(text)[0].lang == lang


def test_hits_come_best_first_one_a_card(real: CardIndex) -> None:
    hits = real.search("overfitting", lang="en")
    assert len({hit.card_id for hit in hits}) == len(hits) == 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(-1 <= hit.similarity <= 1 for hit in hits)
    assert real.search("overfitting", lang="en", limit=1) == hits[:1]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_related_cards_are_the_others_nearest_first(real: CardIndex, lang: Language) -> None:
    assert [(hit.card_id, hit.lang) for hit in real.related("regularization", lang)] == [
        ("bias-variance", lang),
        ("model-monitoring", lang),
    ]


def test_a_card_that_is_not_there_has_no_relations(real: CardIndex) -> None:
    with pytest.raises(KeyError, match="absent"):
        real.related("absent", "ja")


@pytest.mark.parametrize(
    ("claim", "lang", "point"),
    [
        ("ラッソを使うと、いくつかの係数がぴったり0になります。", "ja", ("regularization", "l1-zeros")),
        ("ラッソを使うと、いくつかの係数がぴったり0になります。", "en", ("regularization", "l1-zeros")),
        ("You can mix both penalties in an elastic net.", "ja", ("regularization", "elastic-net")),
    ],
)
def test_a_claim_finds_the_key_point_it_speaks_of(real: CardIndex, three: Deck, claim: str, lang: Language, point: tuple[str, str]) -> None:
    hits = real.claims(claim, lang)
    assert (hits[0].card_id, hits[0].point_id) == point
    assert hits[0].text == three.get(point[0], lang).point(point[1]).text
    assert {hit.kind for hit in hits} == {"point"}
    assert len({(hit.card_id, hit.point_id) for hit in hits}) == 5


@pytest.mark.parametrize("empty", ["", " \n", "\u200b"])
def test_an_empty_text_finds_nothing(real: CardIndex, empty: str) -> None:
    assert real.search(empty) == []
    assert real.claims(empty, "ja") == []


# --- when it is built, with the fake embedding


@pytest.fixture
def words() -> WordEmbeddings:
    return WordEmbeddings()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def opened(words: WordEmbeddings, folder: Path) -> Iterator[Opener]:
    """Opens indexes, and closes them at the end."""
    indexes: list[CardIndex] = []

    def make(name: str = "words", *, folder: Path = folder, url: str | None = None) -> CardIndex:
        indexes.append(CardIndex(words, name, folder=folder, chroma_url=url))
        return indexes[-1]

    yield make
    for index in indexes:
        index.close()


@pytest.fixture
def built(words: WordEmbeddings, folder: Path, three: Deck) -> Path:
    """The folder of an index of three cards, closed."""
    with closing(CardIndex(words, "words", folder=folder)) as index:
        index.refresh(three)
    words.embedded.clear()
    return folder


def with_other_text(deck: Deck) -> Deck:
    return Deck(card.model_copy(update={"question": f"{card.question} zebra {card.id}"}) for card in deck)


def one_card(deck: Deck) -> Deck:
    return Deck(card for card in deck if card.id == "model-monitoring")


def collections(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "chroma.sqlite3")) as database:
        return [name for (name,) in database.execute("SELECT name FROM collections ORDER BY name")]


def first(index: CardIndex, text: str = "lasso ridge") -> str:
    return index.search(text)[0].card_id


def unusable(attempt: Callable[[], object]) -> IndexUnavailable:
    with pytest.raises(IndexUnavailable) as caught:
        attempt()
    return caught.value


def test_it_is_built_at_first_and_tells_its_progress(opened: Opener, words: WordEmbeddings, three: Deck) -> None:
    told: list[tuple[int, int]] = []
    assert opened().refresh(three, lambda done, total: told.append((done, total)))
    texts = [text.text for card in three for text in texts_of(card)]
    assert {total for _, total in told} == {len(texts)}
    assert [done for done, _ in told] == [*range(16, len(texts), 16), len(texts)]
    assert words.embedded[-len(texts) :] == texts


def test_it_is_not_built_again_when_nothing_has_changed(built: Path, opened: Opener, words: WordEmbeddings, three: Deck) -> None:
    index = opened()
    told: list[int] = []
    other_hint = Deck(card.model_copy(update={"hint": "another"}) for card in three)
    assert not index.refresh(three, lambda done, total: told.append(done))
    assert not index.refresh(other_hint)
    assert words.embedded == []
    assert told == []
    assert first(index) == "regularization"
    assert words.embedded == ["lasso ridge"]


def test_it_is_built_again_for_other_text_and_the_old_vectors_go(built: Path, opened: Opener, three: Deck) -> None:
    index, before = opened(), collections(built)
    assert index.refresh(with_other_text(three))
    assert index.search("zebra model-monitoring")[0].card_id == "model-monitoring"
    assert len(collections(built)) == 1
    assert collections(built) != before


def test_it_is_built_again_for_another_embedding(built: Path, opened: Opener, words: WordEmbeddings, three: Deck) -> None:
    assert opened("other").refresh(three)
    assert words.embedded


def test_an_incomplete_index_is_built_again(built: Path, opened: Opener, three: Deck) -> None:
    index = opened()
    index.refresh(three)
    index.langchain.delete(["regularization/ja/question"])
    assert index.refresh(three)
    assert not index.refresh(three)


def test_files_of_deleted_vectors_go(built: Path, opened: Opener, three: Deck) -> None:
    orphan = built / "0383a16a-4595-4282-bff1-ecc2df1869cf"
    orphan.mkdir()
    (orphan / "data_level0.bin").write_bytes(b"left by Chroma")
    opened().refresh(three)
    assert not orphan.exists()


@pytest.mark.parametrize("at", [0, 100, 250])
def test_a_rebuild_that_fails_leaves_the_old_index(built: Path, opened: Opener, words: WordEmbeddings, three: Deck, at: int) -> None:
    index = opened()
    index.refresh(three)
    found = index.search("lasso ridge")
    words.embedded.clear()
    words.fails_at = at
    assert unusable(lambda: index.refresh(with_other_text(three))).reason == "embedding"
    words.fails_at = None
    assert index.search("lasso ridge") == found
    assert not opened().refresh(three)


def test_what_a_crashed_build_left_goes_after_an_hour(
    built: Path, opened: Opener, words: WordEmbeddings, three: Deck, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = opened()
    words.fails_at = 250
    unusable(lambda: index.refresh(with_other_text(three)))
    words.fails_at = None
    (left,) = (name for name in collections(built) if "building" in name)
    index.refresh(one_card(three))
    assert left in collections(built)
    now = time.time()
    monkeypatch.setattr("knowledge.store.time.time", lambda: now + 3601)
    index.refresh(with_other_text(three))
    assert left not in collections(built)


def test_cards_that_another_process_put_in_its_place_do_not_stop_a_search(built: Path, opened: Opener, three: Deck) -> None:
    mine, theirs = opened(), opened()
    mine.refresh(three)
    theirs.refresh(one_card(three))
    assert first(mine) == "regularization"


def test_searches_during_a_rebuild_find_the_old_cards(built: Path, opened: Opener, three: Deck) -> None:
    index = opened()
    index.refresh(three)
    found: list[str] = []
    index.refresh(with_other_text(three), lambda done, total: found.append(first(index)))
    assert set(found) == {"regularization"}


def test_threads_may_share_it(built: Path, opened: Opener, three: Deck) -> None:
    index = opened()
    index.refresh(three)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(first(index))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["regularization"] * 8


def test_an_index_that_was_not_built_or_is_closed_says_so(built: Path, opened: Opener, three: Deck) -> None:
    index = opened()
    assert "not been built" in str(unusable(lambda: index.search("L1")))
    index.refresh(three)
    index.close()
    assert "closed" in str(unusable(lambda: index.search("L1")))


def test_a_chain_can_filter_with_langchain(built: Path, opened: Opener, three: Deck) -> None:
    index = opened()
    index.refresh(three)
    found = index.langchain.similarity_search("drift", k=3, filter={"$and": [{"branch": "mlops"}, {"kind": "answer"}]})  # type: ignore[dict-item]
    assert {document.metadata["card"] for document in found} == {"model-monitoring"}
    assert {document.page_content for document in found} == {three.get("model-monitoring", lang).answer for lang in LANGUAGES}


# --- filters, over the whole bank


@pytest.fixture(scope="module")
def whole(bank: Deck, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CardIndex]:
    with closing(CardIndex(WordEmbeddings(), "words", folder=tmp_path_factory.mktemp("whole"))) as index:
        index.refresh(bank)
        yield index


@pytest.mark.parametrize(
    "filters",
    [
        {"topic": "mlops"},
        {"topic": "mlops/monitoring"},
        {"difficulty": "medium"},
        {"frequency": "very-common"},
        {"topic": "machine-learning", "difficulty": "medium", "frequency": "very-common"},
        {"topic": "deep-learning"},
    ],
)
def test_a_filter_leaves_exactly_the_cards_that_fit(whole: CardIndex, bank: Deck, filters: dict[str, str]) -> None:
    def fits(card: Card) -> bool:
        return all(f"{getattr(card, field)}/".startswith(f"{value}/") for field, value in filters.items())

    hits = whole.search(
        "model", lang="ja", limit=20, topic=filters.get("topic"), difficulty=filters.get("difficulty"), frequency=filters.get("frequency")
    )
    assert {hit.card_id for hit in hits} == {card.id for card in bank if fits(card)}
    assert {hit.lang for hit in hits} <= {"ja"}


def test_a_filter_wins_over_the_nearest_card(whole: CardIndex) -> None:
    assert whole.search("lasso ridge")[0].card_id == "regularization"
    assert "regularization" not in {hit.card_id for hit in whole.search("lasso ridge", topic="feature-engineering", limit=20)}


# --- folders that are not as they should be


def garbage(file: Path) -> None:
    file.write_bytes(b"this is no database " * 1000)


def sql(statement: str) -> Callable[[Path], None]:
    def run(file: Path) -> None:
        with closing(sqlite3.connect(file)) as database, database:
            database.execute(statement)

    return run


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(garbage, id="garbage"),
        pytest.param(sql("UPDATE migrations SET hash = 'another'"), id="another version"),
        pytest.param(sql("DROP TABLE collections"), id="a table is missing"),
        pytest.param(sql("DROP TABLE embeddings_queue"), id="a table of vectors is missing"),
        pytest.param(sql("UPDATE collections SET config_json_str = '{'"), id="broken settings"),
    ],
)
def test_a_folder_that_cannot_be_read_is_set_aside_and_built_again(
    built: Path, opened: Opener, three: Deck, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], None]
) -> None:
    spoil(built / "chroma.sqlite3")
    index = opened()
    assert index.refresh(three)
    assert first(index) == "regularization"
    (aside,) = built.parent.glob("index.broken-*")
    assert (aside / "chroma.sqlite3").is_file()
    assert aside.name in caplog.text


@pytest.mark.parametrize("below", [".", "deeper"])
def test_a_file_in_the_place_of_the_folder_says_read_only(opened: Opener, folder: Path, below: str) -> None:
    folder.write_text("in the way")
    assert unusable(lambda: opened(folder=folder / below)).reason == "read-only"
    assert folder.read_text() == "in the way"


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs a folder that not even root can write: /sys of Linux")
def test_a_folder_that_cannot_be_made_says_read_only(opened: Opener) -> None:
    assert unusable(lambda: opened(folder=Path("/sys/kernel/mensetsu"))).reason == "read-only"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_says_so(built: Path, opened: Opener) -> None:
    built.chmod(0o500)
    error = unusable(opened)
    built.chmod(0o700)
    assert error.reason == "read-only"
    assert not list(built.parent.glob("index.broken-*"))


@contextmanager
def locked_by_another_process(file: Path) -> Iterator[None]:
    # SQLite's locks do not hold within one process.
    program = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN EXCLUSIVE'); print(flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        yield
        holder.communicate()


def test_a_locked_index_says_so_and_is_not_set_aside(built: Path, opened: Opener, three: Deck, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chroma, "_LOCK_TIMEOUT", 0.05)
    with locked_by_another_process(built / "chroma.sqlite3"):
        assert unusable(opened).reason == "locked"
    assert not list(built.parent.glob("index.broken-*"))
    assert not opened().refresh(three)


@pytest.mark.parametrize("size", [30_000, 100_000])
def test_a_disk_that_is_full_at_first_says_so(opened: Opener, three: Deck, size: int) -> None:
    with largest_file(size):
        assert unusable(opened).reason == "disk-full"
    index = opened()
    assert index.refresh(three)
    assert first(index) == "regularization"


def test_a_disk_that_fills_up_on_the_way_leaves_the_old_index(built: Path, opened: Opener, three: Deck) -> None:
    index = opened()
    index.refresh(three)
    with largest_file((built / "chroma.sqlite3").stat().st_size):
        assert unusable(lambda: index.refresh(with_other_text(three))).reason in ("disk-full", "failed")
        assert first(index) == "regularization"
    assert index.refresh(with_other_text(three))
    assert index.search("zebra model-monitoring")[0].card_id == "model-monitoring"


# --- Chroma as a server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A real Chroma server on loopback."""
    program, port = Path(sys.executable).with_name("chroma"), free_port()
    if not program.exists():
        pytest.skip("Chroma's command is not installed beside Python")
    command = [str(program), "run", "--path", str(tmp_path / "server"), "--host", "127.0.0.1", "--port", str(port)]
    # Into a file: a server whose pipe nobody empties stands still when it is full.
    with (tmp_path / "server.log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, text=True) as process:
        url = f"http://127.0.0.1:{port}"
        for _ in range(600):
            with suppress(httpx.HTTPError):
                if httpx.get(f"{url}/api/v2/heartbeat", timeout=1).is_success:
                    break
            assert process.poll() is None
            time.sleep(0.1)
        yield url, process
        process.kill()


def test_a_server_serves_several_copies(
    server: tuple[str, subprocess.Popen[str]], opened: Opener, words: WordEmbeddings, three: Deck, folder: Path
) -> None:
    url, process = server
    index = opened(url=url)
    assert index.refresh(three)
    assert first(index) == "regularization"
    assert not folder.exists()
    words.embedded.clear()
    copy = opened(url=url)
    assert not copy.refresh(three)
    assert words.embedded == []
    # A copy of the next release has other cards; this one still searches its own.
    assert copy.refresh(one_card(three))
    words.embedded.clear()
    assert first(index) == "regularization"
    assert words.embedded == ["lasso ridge"]
    process.kill()
    process.wait()
    assert unusable(lambda: index.search("lasso ridge")).reason == "unreachable"
    assert unusable(lambda: index.refresh(with_other_text(three))).reason == "unreachable"


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://localhost", "http://", "chroma"])
def test_what_is_no_address_says_what_one_looks_like(opened: Opener, url: str) -> None:
    error = unusable(lambda: opened(url=url))
    assert error.reason == "unreachable"
    assert "write http://HOST:PORT" in str(error)


def test_a_server_that_is_not_there_is_unreachable(opened: Opener) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # held, but not listened on
        port = nobody.getsockname()[1]
        error = unusable(lambda: opened(url=f"http://127.0.0.1:{port}"))
    assert error.reason == "unreachable"
    assert f"127.0.0.1:{port}" in str(error)


def test_a_server_of_another_kind_is_unreachable(opened: Opener, fake: FakeEndpoint) -> None:
    assert unusable(lambda: opened(url=fake.url)).reason == "unreachable"
