"""What was exported comes back as it was, all or nothing, and nothing else gets in."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from fsrs.scheduler import DEFAULT_PARAMETERS
from sqlalchemy import Table, func, select, text

from bot.export import archive as archives
from bot.export import learner
from bot.export.archive import MANIFEST
from bot.export.errors import ExportError
from bot.export.learner import export_learner, import_learner
from bot.export.rows import learner_columns, owned_by, owned_tables, plain
from bot.memory.store import Question, Store
from bot.memory.tables import Attempt, Base, Dispute, Interview, Learner, MemoryRow, now
from knowledge.schema import Language
from tests.export.conftest import fill

Members = dict[str, bytes]


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    yield store
    store.close()


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A learner's export, made once."""
    folder = tmp_path_factory.mktemp("exported")
    store = Store(f"sqlite:///{folder / 'test.sqlite3'}")
    lived(store)
    export_learner(store, folder / "a.zip")
    store.close()
    return folder / "a.zip"


def lived(store: Store, lang: Language = "ja") -> str:
    """A learner with a row in every table; returns an interview's id."""
    interview_id = fill(store, lang)
    store.update_learner(
        name="花子", daily_minutes=35, interview_on=date(2026, 12, 24), fsrs_parameters=[*DEFAULT_PARAMETERS[:-1], 0.2], fsrs_recalls=512
    )
    store.dismiss("regularization", "norms")
    return interview_id


def members(path: Path) -> Members:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def contents(path: Path) -> Members:
    """The tables of an export, without the manifest, which names the moment."""
    return {name: data for name, data in members(path).items() if name != MANIFEST}


def repack(path: Path, found: Members, *, manifest: bool = True) -> Path:
    """An archive of these members, with a manifest that fits them."""
    if manifest:
        head = json.loads(found[MANIFEST])
        head["files"] = {
            name: {"rows": data.count(b"\n"), "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in found.items()
            if name != MANIFEST
        }
        found[MANIFEST] = json.dumps(head).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in found.items():
            file.writestr(name, data)
    return path


def edited(found: Members, table: str, change: Callable[[list[dict[str, Any]]], object]) -> Members:
    rows = [json.loads(line) for line in found[f"{table}.jsonl"].splitlines()]
    change(rows)
    return {**found, f"{table}.jsonl": b"".join(json.dumps(row).encode() + b"\n" for row in rows)}


def refused(store: Store, path: Path) -> str:
    """Why an import was refused; what was stored is as it was."""
    before = dump(store)
    with pytest.raises(ExportError) as caught:
        import_learner(store, path)
    assert dump(store) == before
    for lang in ("ja", "en"):
        assert caught.value.sentence(path, lang)
    return caught.value.reason


def dump(store: Store) -> dict[str, list[Any]]:
    with store.session() as session:
        return {t.name: [tuple(row) for row in session.execute(select(t).order_by(*t.primary_key))] for t in owned_tables()}


def count(store: Store, table: Table) -> int:
    with store.session() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_every_table_belongs_to_learners() -> None:
    assert owned_tables() == list(Base.metadata.sorted_tables)
    assert [owned_by(table, 1) is not None for table in owned_tables()] == [True] * len(owned_tables())
    assert learner_columns(Base.metadata.tables["memory"]) == ["learner_id"]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_round_trip_changes_nothing(store: Store, empty: Store, tmp_path: Path, lang: Language) -> None:
    lived(store, lang)
    exported = export_learner(store, tmp_path / "a.zip")
    assert set(exported) == {table.name for table in owned_tables()}
    assert all(exported.values())
    assert import_learner(empty, tmp_path / "a.zip") == exported
    export_learner(empty, tmp_path / "b.zip")
    assert contents(tmp_path / "a.zip") == contents(tmp_path / "b.zip")
    assert dump(empty) == dump(store)
    with empty.session() as session:  # None is NULL as before, not JSON's null
        assert session.scalar(select(func.count()).where(Dispute.again.is_(None))) == 1
        assert session.scalar(text("SELECT count(*) FROM dispute WHERE again IS NULL")) == 1


def test_the_manifest_tells_what_is_inside(store: Store, tmp_path: Path) -> None:
    lived(store)
    exported = export_learner(store, tmp_path / "a.zip")
    found = members(tmp_path / "a.zip")
    head = json.loads(found[MANIFEST])
    assert (head["application"], head["kind"], head["format"]) == ("mensetsu", "learner", 1)
    assert list(found)[-1] == MANIFEST
    for name, entry in head["files"].items():
        assert entry["rows"] == exported[name.removesuffix(".jsonl")] == found[name].count(b"\n")
        assert entry["sha256"] == hashlib.sha256(found[name]).hexdigest()
    assert (tmp_path / "a.zip").stat().st_mode & 0o077 == 0  # answers are nobody else's business


def test_importing_twice_is_the_same_as_once(store: Store, empty: Store, tmp_path: Path) -> None:
    lived(store)
    export_learner(store, tmp_path / "a.zip")
    import_learner(empty, tmp_path / "a.zip")
    once = dump(empty)
    import_learner(empty, tmp_path / "a.zip")
    import_learner(store, tmp_path / "a.zip")
    assert dump(empty) == once == dump(store)


def test_what_changed_since_is_put_back_and_what_is_new_stays(store: Store, tmp_path: Path) -> None:
    interview_id = lived(store)
    export_learner(store, tmp_path / "a.zip")
    before = dump(store)
    turn = store.interview(interview_id).turns[4]
    store.update_turn(turn.id, asked_at=now(), hints=1)
    added = store.add_attempt(turn, "ja", "あとから答えました")
    store.update_learner(daily_minutes=5)
    other = fill(store, "en")
    import_learner(store, tmp_path / "a.zip")
    after = dump(store)
    assert set(before["turn"]) <= set(after["turn"])
    assert after["learner"] == before["learner"]
    assert [a.id for a in store.interview(interview_id).turns[4].attempts] == [added]
    assert len(store.interview(other).turns) == 5


def test_reviews_of_two_histories_come_to_what_all_of_them_say(store: Store, tmp_path: Path) -> None:
    lived(store)
    export_learner(store, tmp_path / "a.zip")
    fill(store)
    before = {(item.card_id, item.point_id): item for item in store.items()}
    import_learner(store, tmp_path / "a.zip")
    for item in store.items():
        was = before[item.card_id, item.point_id]
        assert (item.reviews, item.last_review, item.verdict) == (was.reviews, was.last_review, was.verdict)
        assert (item.stability, item.credit, item.lack) == pytest.approx((was.stability, was.credit, was.lack))


def test_questions_that_changed_places(store: Store, empty: Store, tmp_path: Path) -> None:
    interview_id = lived(store)
    export_learner(store, tmp_path / "old.zip")
    import_learner(empty, tmp_path / "old.zip")
    store.insert_turn(interview_id, 1, Question("mlops", "?"))
    export_learner(store, tmp_path / "new.zip")
    import_learner(empty, tmp_path / "new.zip")
    assert dump(empty) == dump(store)
    # The other way round the new question has the place of an old one.
    assert refused(store, tmp_path / "old.zip") == "conflict"


def test_everything_becomes_the_learners_of_the_store(store: Store, empty: Store, tmp_path: Path) -> None:
    lived(store)
    export_learner(store, tmp_path / "a.zip")
    second = Store(str(empty.engine.url), 7)
    import_learner(second, tmp_path / "a.zip")
    assert second.learner().name == "花子"
    assert len(second.items()) == len(store.items())
    assert empty.items() == []
    assert empty.learner().name == "local"
    # The same rows a second time would be taken from the other learner.
    assert refused(empty, tmp_path / "a.zip") == "other_learner"
    export_learner(second, tmp_path / "b.zip")
    second.close()
    assert import_learner(store, tmp_path / "b.zip")["learner"] == 1
    assert store.learner().id == 1


def test_only_the_learners_own_rows_are_exported(store: Store, tmp_path: Path) -> None:
    lived(store)
    other = Store(str(store.engine.url), 2)
    fill(other, "en")
    own = export_learner(other, tmp_path / "b.zip")
    assert own["interview"] == 1
    assert own["dispute"] == 1
    assert "花子" not in b"".join(contents(tmp_path / "b.zip").values()).decode()
    other.close()


def test_an_export_is_of_one_moment(store: Store, empty: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that comes in while turns are written is not there without its turn."""
    lived(store)
    other = Store(str(store.engine.url))
    answered: list[str] = []

    def answer(row: Any) -> dict[str, Any]:
        if "card_id" in row and "hints" in row and not answered:
            interview_id = fill(other)
            answered.append(interview_id)
        return plain(row)

    monkeypatch.setattr(learner, "plain", answer)
    assert export_learner(store, tmp_path / "a.zip")["interview"] == 1
    other.close()
    assert answered
    import_learner(empty, tmp_path / "a.zip")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.7, 0.999])
def test_a_file_that_was_cut_off(exported: Path, empty: Store, tmp_path: Path, share: float) -> None:
    data = exported.read_bytes()
    (tmp_path / "b.zip").write_bytes(data[: int(len(data) * share)])
    assert refused(empty, tmp_path / "b.zip") == "damaged"


def test_any_byte_that_flipped_is_seen_or_means_nothing(exported: Path, empty: Store, tmp_path: Path) -> None:
    data = exported.read_bytes()
    import_learner(empty, exported)
    good = dump(empty)
    for at in range(0, len(data), max(1, len(data) // 150)):
        (tmp_path / "b.zip").write_bytes(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])
        with suppress(ExportError):
            import_learner(empty, tmp_path / "b.zip")
        assert dump(empty) == good


def test_files_of_others(store: Store, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("正則化")
    assert refused(store, tmp_path / "text") == "foreign"
    repack(tmp_path / "docx", {"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}, manifest=False)
    assert refused(store, tmp_path / "docx") == "foreign"
    repack(tmp_path / "other", {MANIFEST: b'{"application": "anki"}'}, manifest=False)
    assert refused(store, tmp_path / "other") == "foreign"
    assert refused(store, tmp_path / "nothing") == "missing"
    assert refused(store, tmp_path) == "folder"


@pytest.mark.parametrize(
    "name", ["../evil.jsonl", "/etc/evil.jsonl", "a/b.jsonl", "..\\evil.jsonl", "turn.jsonl/", "C:evil.jsonl", "évil.jsonl"]
)
def test_paths_are_refused(exported: Path, empty: Store, tmp_path: Path, name: str) -> None:
    found = {name: b"{}\n", **members(exported)}
    assert refused(empty, repack(tmp_path / "b.zip", found)) == "foreign"
    assert not (tmp_path.parent / "evil.jsonl").exists()


def test_what_unpacks_to_too_much(exported: Path, empty: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = members(exported)
    found["turn.jsonl"] += b" " * 3_000_000
    bomb = repack(tmp_path / "b.zip", found)
    assert bomb.stat().st_size < 100_000
    monkeypatch.setattr(archives, "MAX_BYTES", 2_000_000)
    assert refused(empty, bomb) == "oversized"
    monkeypatch.undo()
    monkeypatch.setattr(archives, "MAX_LINE", 1_000_000)
    assert refused(empty, bomb) == "oversized"


def test_an_archive_from_before_the_score_of_a_delivery_stood_with_the_answer(store: Store, empty: Store, tmp_path: Path) -> None:
    turns = store.interview(lived(store)).turns
    [spoken] = [attempt for turn in turns for attempt in turn.attempts if attempt.speech is not None]
    assert spoken.speech is not None
    assert spoken.speech.delivery is not None
    store.save_delivery(spoken.id, spoken.speech.delivery | {"score": 71.5})
    export_learner(store, tmp_path / "a.zip")

    def older(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            del row["delivery_score"]

    found = edited(members(tmp_path / "a.zip"), "attempt", older)
    wrong = edited(found, "speech", lambda rows: rows[0].update(delivery={"score": "high"}))
    assert refused(empty, repack(tmp_path / "wrong.zip", wrong)) == "damaged"
    import_learner(empty, repack(tmp_path / "b.zip", found))
    assert dump(empty) == dump(store)


def test_a_size_that_is_a_lie(exported: Path, empty: Store, tmp_path: Path) -> None:
    with zipfile.ZipFile(exported) as file:
        size = file.getinfo("turn.jsonl").file_size
    data = exported.read_bytes()
    (tmp_path / "b.zip").write_bytes(data.replace(size.to_bytes(4, "little"), (10).to_bytes(4, "little")))
    assert refused(empty, tmp_path / "b.zip") == "damaged"


def test_newer_formats_tables_and_columns(exported: Path, empty: Store, tmp_path: Path) -> None:
    found = members(exported)
    head = {**json.loads(found[MANIFEST]), "format": 2, "new": True}
    assert refused(empty, repack(tmp_path / "b.zip", {**found, MANIFEST: json.dumps(head).encode()}, manifest=False)) == "newer"
    assert refused(empty, repack(tmp_path / "b.zip", {**found, "badge.jsonl": b"{}\n"})) == "newer"
    column = edited(found, "turn", lambda rows: rows[-1].update(mood="good"))
    assert refused(empty, repack(tmp_path / "b.zip", column)) == "newer"


def test_an_older_export_lacks_what_was_added_since(exported: Path, empty: Store, tmp_path: Path) -> None:
    found = members(exported)
    del found["dispute.jsonl"]
    older = edited(found, "attempt", lambda rows: [row.pop("asked") for row in rows] + [row.pop("duration") for row in rows])
    import_learner(empty, repack(tmp_path / "b.zip", older))
    with empty.session() as session:
        assert {attempt.asked for attempt in session.scalars(select(Attempt))} == {""}
    assert count(empty, Base.metadata.tables["dispute"]) == 0


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("turn", lambda rows: rows[0].update(position="first")),
        ("turn", lambda rows: rows[0].update(position=True)),
        ("turn", lambda rows: rows[0].update(position=2**70)),
        ("turn", lambda rows: rows[0].update(skipped=1)),
        ("turn", lambda rows: rows[0].update(card_id=None)),
        ("turn", lambda rows: rows[0].update(question="\ud800")),
        ("turn", lambda rows: rows[0].update(question="a\0b")),
        ("turn", lambda rows: rows[0].update(asked_at="2026-01-01T00:00:00")),
        ("turn", lambda rows: rows[0].update(asked_at="0001-01-01T00:00:00+14:00")),
        ("turn", lambda rows: rows[0].update(asked_at=5)),
        ("turn", lambda rows: rows[0].pop("id")),
        ("turn", lambda rows: rows[0].pop("question")),
        ("turn", lambda rows: rows[0].update(interview_id="f" * 32)),
        ("turn", lambda rows: rows.append(rows[0])),
        ("attempt", lambda rows: rows[0].update(score=float("nan"))),
        ("attempt", lambda rows: rows[0].update(score=10**400)),
        ("attempt", lambda rows: rows[0].update(learner_id=2)),
        ("learner", lambda rows: rows.append({**rows[0], "id": 2})),
        ("learner", lambda rows: rows.clear()),
        ("learner", lambda rows: rows[0].update(interview_on="tomorrow")),
        ("learner", lambda rows: rows[0].update(fsrs_parameters=[1.0])),
        ("learner", lambda rows: rows[0].update(fsrs_parameters="x" * 21)),
        ("interview", lambda rows: rows.clear()),
    ],
)
def test_rows_that_cannot_be(exported: Path, empty: Store, tmp_path: Path, table: str, change: Callable[[Any], object]) -> None:
    found = edited(members(exported), table, change)
    assert refused(empty, repack(tmp_path / "b.zip", found)) == "damaged"


@pytest.mark.parametrize("line", [b"[1]\n", b"{\n", b"\xff\n", b'{"id": ' + b"[" * 100_000 + b"\n", b"\n"])
def test_lines_that_are_no_rows(exported: Path, empty: Store, tmp_path: Path, line: bytes) -> None:
    found = members(exported)
    found["turn.jsonl"] += line
    assert refused(empty, repack(tmp_path / "b.zip", found)) == "damaged"


def test_a_manifest_that_does_not_fit(store: Store, empty: Store, tmp_path: Path) -> None:
    lived(store)
    export_learner(store, tmp_path / "a.zip")
    found = members(tmp_path / "a.zip")
    changed = edited(found, "turn", lambda rows: rows[0].update(hints=9))
    assert refused(empty, repack(tmp_path / "b.zip", changed, manifest=False)) == "damaged"
    without = {name: data for name, data in found.items() if name != "turn.jsonl"}
    assert refused(empty, repack(tmp_path / "b.zip", without, manifest=False)) == "damaged"
    assert (
        refused(empty, repack(tmp_path / "b.zip", {**found, MANIFEST: b'{"application": "mensetsu", "kind": "learner"}'}, manifest=False))
        == "damaged"
    )
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(tmp_path / "a.zip", "a") as file:
        file.writestr("turn.jsonl", b"")
    assert refused(empty, tmp_path / "a.zip") == "damaged"


def test_a_row_put_into_another_learners_interview(store: Store, empty: Store, tmp_path: Path) -> None:
    """A file may name any id; it must not write into what belongs to someone else here."""
    theirs = fill(empty)
    lived(store)
    export_learner(store, tmp_path / "a.zip")
    found = edited(members(tmp_path / "a.zip"), "turn", lambda rows: rows[-1].update(interview_id=theirs, position=50))
    other = Store(str(empty.engine.url), 2)
    assert refused(other, repack(tmp_path / "b.zip", found)) == "damaged"
    own = edited(members(tmp_path / "a.zip"), "interview", lambda rows: rows[0].update(id=theirs))
    own = edited(own, "turn", lambda rows: [row.update(interview_id=theirs) for row in rows])
    assert refused(other, repack(tmp_path / "b.zip", own)) == "other_learner"
    other.close()


def test_where_nothing_can_be_written(store: Store, tmp_path: Path) -> None:
    lived(store)
    for path, reason in (
        (tmp_path / "no" / "a.zip", "unwritable"),
        (tmp_path, "folder"),
        (tmp_path / "test.sqlite3" / "a.zip", "not_a_folder"),
    ):
        with pytest.raises(ExportError) as caught:
            export_learner(store, path)
        assert caught.value.reason == reason


def test_a_failed_export_leaves_the_earlier_one(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lived(store)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.zip").write_bytes(b"earlier")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ExportError) as caught:
        export_learner(store, tmp_path / "out" / "a.zip")
    assert caught.value.reason == "full"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.zip"]
    assert (tmp_path / "out" / "a.zip").read_bytes() == b"earlier"


def test_a_dismissal_and_a_plan_come_along(exported: Path, empty: Store, tmp_path: Path) -> None:
    import_learner(empty, exported)
    with empty.session() as session:
        row = session.get_one(MemoryRow, (1, "regularization", "norms"))
        assert row.dismissed_at is not None
        assert now() - row.dismissed_at < timedelta(minutes=5)
        assert session.get_one(Learner, 1).interview_on == date(2026, 12, 24)
    with empty.session() as session:
        assert session.scalars(select(Interview.plan)).all() == [{"count": 4}]
