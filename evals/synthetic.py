"""Made-up cards in any number, and vectors for them that lie where those of real cards lie."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from langchain_core.embeddings import Embeddings

from knowledge.centring import Vector, script_of
from knowledge.deck import Deck, topics
from knowledge.documents import texts_of
from knowledge.schema import Card, Difficulty, Frequency, GlossaryTerm, KeyPoint, Language, Misconception, Source

_SUBJECTS: dict[Language, Sequence[str]] = {
    "en": [
        "query planning",
        "cache invalidation",
        "load balancing",
        "stream processing",
        "graph partitioning",
        "speech recognition",
        "image segmentation",
        "survival analysis",
        "time-series forecasting",
        "causal inference",
        "reinforcement learning",
        "recommender ranking",
        "entity resolution",
        "data contracts",
        "columnar storage",
        "schema evolution",
        "feature stores",
        "model distillation",
        "attention layers",
        "convolutions",
        "tokenisation",
        "beam search",
        "hidden Markov models",
        "Kalman filters",
        "Gaussian processes",
        "kernel machines",
        "conformal prediction",
        "active learning",
        "federated training",
        "differential privacy",
        "demand forecasting",
        "price elasticity",
        "customer lifetime value",
        "churn cohorts",
        "anomaly scoring",
        "matrix factorisation",
        "topic models",
        "knowledge graphs",
        "vector databases",
        "prompt design",
    ],
    "ja": [
        "クエリ計画",
        "キャッシュの無効化",
        "負荷分散",
        "ストリーム処理",
        "グラフ分割",
        "音声認識",
        "画像の領域分割",
        "生存時間解析",
        "時系列予測",
        "因果推論",
        "強化学習",
        "推薦の順位付け",
        "名寄せ",
        "データ契約",
        "列指向の保存",
        "スキーマの変更",
        "特徴量ストア",
        "モデルの蒸留",
        "注意機構",
        "畳み込み",
        "字句の分割",
        "ビームサーチ",
        "隠れマルコフモデル",
        "カルマンフィルター",
        "ガウス過程",
        "カーネル法",
        "コンフォーマル予測",
        "能動学習",
        "連合学習",
        "差分プライバシー",
        "需要予測",
        "価格弾力性",
        "顧客生涯価値",
        "解約の群れ",
        "異常度の計算",
        "行列分解",
        "トピックモデル",
        "知識グラフ",
        "ベクトルデータベース",
        "プロンプト設計",
    ],
}
_SENTENCES: dict[Language, Sequence[str]] = {
    "en": (
        "In {name} the data is split before {subject} begins.",
        "The model behind {name} learns {subject} from features that the team builds by hand.",
        "A threshold decides when {name} falls back to a simpler form of {subject}.",
        "Validation of {name} compares {subject} on new data with the figures from training.",
        "What {name} costs in production depends on how often {subject} runs.",
        "The usual error in {name} is to judge {subject} by its average alone.",
    ),
    "ja": (
        "{name}では、{subject}を始める前にデータを分けておきます。",
        "{name}のモデルは、手作りの特徴量から{subject}を学習します。",
        "{name}が簡単な{subject}に切り替わる条件は、閾値で決めます。",
        "{name}の検証では、新しいデータでの{subject}を学習時の数値と比べます。",
        "{name}を本番で動かす費用は、{subject}を何回行うかで決まります。",
        "{name}でよくある間違いは、{subject}を平均だけで評価することです。",
    ),
}
_DIFFICULTIES: tuple[Difficulty, ...] = ("easy", "medium", "hard")
_FREQUENCIES: tuple[Frequency, ...] = ("rare", "uncommon", "common", "very-common")


def synthetic_cards(count: int, seed: int) -> list[Card]:
    """`count` cards (half that many ids, in Japanese and English) with ten texts each; the same for the same seed."""
    rng = np.random.default_rng(seed)
    leaves = list(topics())
    cards = []
    for number in range((count + 1) // 2):
        pick = rng.integers(2**31, size=5)
        for lang in ("ja", "en"):
            subject = _SUBJECTS[lang][pick[0] % len(_SUBJECTS[lang])]
            name = f"{_SUBJECTS[lang][pick[1] % len(_SUBJECTS[lang])]} {number:05d}"
            said = [sentence.format(name=name, subject=subject) for sentence in _SENTENCES[lang]]
            cards.append(
                Card(
                    id=f"synthetic-{number:05d}",
                    lang=lang,
                    topic=leaves[pick[2] % len(leaves)],
                    difficulty=_DIFFICULTIES[pick[3] % 3],
                    frequency=_FREQUENCIES[pick[4] % 4],
                    title=name,
                    question=f"{name}: {subject}?",
                    rephrasings=tuple(f"{name}, {subject} ({i})" for i in range(3)),
                    explanation=said[0],
                    hint=said[1],
                    points=tuple(
                        KeyPoint(id=f"p{i}", label=f"{i}", text=said[i], weight=1, tags=("definition",), follow_up=said[-1])
                        for i in range(4)
                    ),
                    misconceptions=(Misconception(id="m", about=("p0",), text=said[4], correction=said[5]),),
                    glossary=(GlossaryTerm(term=name), GlossaryTerm(term=subject)),
                    sources=(Source(title="synthetic"),),
                    answer=" ".join(said * 3)[:600] if lang == "ja" else " ".join(said * 3),
                    code="print()",
                )
            )
    return cards[:count]


class SyntheticEmbeddings(Embeddings):
    """Real vectors for a real deck and for requests; for synthetic cards, draws from the normal distribution of the real ones.

    A synthetic card gets a middle drawn like the middles of real cards, its texts are spread about it like those of a real card,
    separately for each script. Only so can 100,000 texts have vectors within minutes on a laptop.
    """

    def __init__(self, base: Embeddings, deck: Deck, synthetic: Sequence[Card], seed: int) -> None:
        self._base = base
        self._seed = seed
        self._card_of = {text.text: f"{card.id}/{card.lang}" for card in synthetic for text in texts_of(card)}
        rows: defaultdict[str, dict[str, list[Vector]]] = defaultdict(lambda: defaultdict(list))
        for card in deck:
            texts = [text.text for text in texts_of(card)]
            for text, vector in zip(texts, base.embed_documents(texts), strict=True):
                rows[script_of(text)][card.id].append(np.asarray(vector, np.float32))
        self._spread: dict[str, tuple[Vector, Vector, Vector]] = {}
        for script, cards in rows.items():
            middles = {card: np.mean(own, axis=0) for card, own in cards.items()}
            mean = np.mean(list(middles.values()), axis=0)
            within = np.array([row - middles[card] for card, own in cards.items() for row in own])
            self._spread[script] = mean, np.array([middle - mean for middle in middles.values()]), within

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of length one."""
        real = [text for text in texts if text not in self._card_of]
        known = dict(zip(real, self._base.embed_documents(real), strict=True)) if real else {}
        return [known[text] if text in known else self._drawn(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The real vector of a request."""
        return self._base.embed_query(text)

    def _drawn(self, text: str) -> list[float]:
        mean, between, within = self._spread[script_of(text)]
        vector = mean + self._mix(self._card_of[text], between) + self._mix(text, within)
        drawn: list[float] = (vector / np.linalg.norm(vector)).tolist()
        return drawn

    def _mix(self, name: str, rows: Vector) -> Vector:
        weights = np.random.default_rng([self._seed, zlib.crc32(name.encode())]).normal(size=len(rows)).astype(np.float32)
        mixed: Vector = weights @ rows / np.sqrt(len(rows))
        return mixed
