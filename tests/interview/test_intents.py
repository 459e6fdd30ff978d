"""A request to the interviewer is met; an answer that looks like one is still an answer."""

from __future__ import annotations

import pytest

from bot.grading.text import split_sentences
from bot.interview.intents import LONGEST, Intent, recognise
from evals.gold import load_gold
from knowledge.deck import load_deck

REQUESTS: dict[Intent, tuple[str, ...]] = {
    Intent.REPEAT: (
        *(
            "もう一度お願いします",
            "もう一回言ってください",
            "もう一度質問を読んでください",
            "質問を繰り返してください",
            "すみません、聞き取れませんでした",
        ),
        *(
            "何と言いましたか",
            "リピートしてください",
            "もう一度",
            "もう1回お願いします。",
            "すみません、もう一度お願いできますか？",
            "もう一度聞かせてください",
        ),
        *(
            "Can you repeat the question?",
            "Please say that again.",
            "Could you repeat that, please?",
            "Once more please",
            "Pardon?",
            "Come again?",
        ),
        *("Sorry, could you repeat that?", "I didn't catch that.", "What was the question?", "Sorry?", "repeat"),
    ),
    Intent.HINT: (
        *(
            "ヒント",
            "ヒントをください",
            "ヒントをお願いします",
            "何かヒントをもらえますか",
            "ヒントが欲しいです",
            "ヒント出して",
            "手がかりをください",
        ),
        *("すみません、ヒントをください", "ヒントはありますか", "少しヒントをください"),
        *("Hint please", "Can I have a hint?", "Give me a hint", "Could you give me a hint?", "I need a hint.", "May I have another hint?"),
        *("Any hints?", "a clue please", "I'd like a hint", "Can you give me a clue?"),
    ),
    Intent.EXPLAIN: (
        *(
            "質問の意味がわかりません",
            "質問の意図は何ですか",
            "この質問を詳しく説明してください",
            "どういう意味ですか",
            "どういうことですか",
            "質問の意味は？",
        ),
        *("問題の意味を教えてください", "質問の意味がよくわかりません", "何を聞かれているのかわかりません"),
        *(
            "Can you explain the question?",
            "What do you mean?",
            "What do you mean by that?",
            "Please clarify the question.",
            "Could you clarify?",
        ),
        *("What does this question mean?", "I don't understand the question.", "Can you rephrase the question?"),
    ),
    Intent.SKIP: (
        *(
            "スキップ",
            "スキップします",
            "この質問はスキップしてください",
            "パスします",
            "パスでお願いします",
            "飛ばしてください",
            "この問題を飛ばしてください",
        ),
        *("スキップさせてください", "すみません、パスします", "パス"),
        *(
            "Skip",
            "Skip this one",
            "Skip this question please",
            "Pass",
            "I'd like to skip this question",
            "Can I skip this?",
            "Let's skip it",
        ),
        *("pass on this one", "I'll pass", "I want to skip"),
    ),
    Intent.NEXT: (
        *(
            "次",
            "次へ",
            "次お願いします",
            "次の質問をお願いします",
            "次に行きましょう",
            "次に進んでください",
            "では、次へ",
            "じゃあ次",
            "次へ進みます",
        ),
        *("次の問題へ進みましょう", "次の質問へ"),
        *(
            "Next",
            "Next question please",
            "Let's move on",
            "Go on",
            "Continue",
            "Move on to the next question",
            "Please go to the next one",
        ),
        *("Can we move on?", "let's continue", "Okay, next"),
    ),
    Intent.END: (
        *(
            "終了",
            "終了します",
            "面接を終わります",
            "これで終わりにします",
            "やめます",
            "今日はここで終わります",
            "ストップ",
            "面接を終了してください",
        ),
        *("終わりにしてください", "もうやめたいです"),
        *("End", "Stop", "Quit", "End the interview", "I'm done", "That's all, thank you.", "Let's stop here", "Please end the session"),
        *("Can we stop here?", "I want to stop", "Let's finish the interview"),
    ),
    Intent.ASK_ABOUT: (
        *(
            "MLOpsについて聞いてください",
            "正則化について質問してください",
            "過学習に関して出題してください",
            "A/Bテストの問題を出してください",
        ),
        *(
            "特徴量選択について質問してほしい",
            "交差検証について練習したい",
            "ROC曲線の問題をお願いします",
            "次はMLOpsについて聞いてください",
        ),
        *("Ask me about MLOps", "Please ask me about regularization.", "Quiz me on feature engineering", "Test me on cross-validation"),
        *("Let's talk about deployment", "Let's practise bias and variance", "Could you ask me about SQL?", "I want to practice MLOps"),
    ),
}

ANSWERS = (
    # 次, もう一度, 質問 and the like within an answer
    *(
        "次に、交差検証でモデルを比較します",
        "次に学習率を下げます",
        "次のエポックへ進みます",
        "次元削減です",
        "次の時点の値を予測します",
        "もう一度学習し直します",
    ),
    *(
        "ヒントになるのは係数です",
        "質問の意味を埋め込みで表します",
        "どういうことかと言うと、過学習です",
        "パスワードは除きます",
        "スキップ接続です",
    ),
    *(
        "欠損のある行はスキップします",
        "早期終了します",
        "学習を終了します",
        "学習をストップします",
        "ストップワードを除きます",
        "途中でやめます",
    ),
    *(
        "モデルを説明します",
        "繰り返し交差検証をします",
        "担当者に業務の流れを聞きます",
        "顧客の問題を整理します",
        "わかりません",
        "はい",
        "いいえ",
        "0.8",
    ),
    *(
        "We skip features with missing values",
        "Skip connections",
        "skip-gram",
        "Next, we compare models with cross-validation",
        "Next we scale",
    ),
    *(
        "The next step is validation",
        "next token prediction",
        "Early stopping",
        "Stop words",
        "Stop early",
        "Stop training when the loss goes up",
    ),
    *(
        "We stop",
        "End to end",
        "exit rate",
        "Pass the features to the model",
        "pass it to the model",
        "Repeat for every fold",
        "Repeat k times",
    ),
    *(
        "Continue training",
        "Continue until it converges",
        "Explain the variance",
        "a hint of bias",
        "Ask the business about the cost",
        "I don't know",
    ),
    *(
        "Let's do a t-test",
        "Let's try a simpler model first",
        "Let's do cross-validation and compare",
        "Let's talk about bias first: it is underfitting.",
    ),
    *(
        "Question the data",
        "Test on held-out data",
        "once more data arrives",
        "That's all features",
        "Sorry, lasso",
        "では、L1です",
        "すみません、L2です",
    ),
)


@pytest.mark.parametrize(("intent", "words"), [(intent, words) for intent, phrases in REQUESTS.items() for words in phrases])
def test_a_request_is_recognised(intent: Intent, words: str) -> None:
    assert recognise(words) is intent


@pytest.mark.parametrize("words", ANSWERS)
def test_an_answer_is_no_request(words: str) -> None:
    assert recognise(words) is None


@pytest.mark.parametrize("words", ["  ＨＩＮＴ， please！ ", "hint\n", "\u200bhint\0", "。ヒント。", "Ｎｅｘｔ　ｑｕｅｓｔｉｏｎ"])
def test_case_width_and_marks_around_a_request_do_not_matter(words: str) -> None:
    assert recognise(words) in {Intent.HINT, Intent.NEXT}


@pytest.mark.parametrize(
    "words", ["", "   ", "。。。", "\0\u200b", "please", "sorry " * 20, "ヒント" * 30, "ask me about " + "x" * LONGEST]
)
def test_nothing_and_a_paragraph_are_no_request(words: str) -> None:
    assert recognise(words) is None


def test_no_sentence_of_a_gold_or_model_answer_is_a_request() -> None:
    deck = load_deck()
    answers = [(answer.answer, answer.lang) for answer in load_gold(deck)] + [(card.answer, card.lang) for card in deck]
    taken = [s.verbatim for answer, lang in answers for s in split_sentences(answer, lang) if recognise(s.verbatim)]
    assert taken == []


def test_no_key_point_and_no_question_is_a_request() -> None:
    texts = [text for card in load_deck() for text in (card.question, *(p.text for p in card.points), *(p.label for p in card.points))]
    assert [text for text in texts if recognise(text)] == []
