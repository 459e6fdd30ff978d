"""What follows from a transcript that may be wrong: a point that only doubtful words carry is asked back, and the score is less certain."""

from __future__ import annotations

from dataclasses import replace

from bot.grading.grader import Grade
from bot.grading.score import Score, score
from bot.grading.verdict import PointVerdict, Verdict

# By how many points each end of the interval moves out when nothing that was heard is certain. Our own choice: content that was lost in
# recognition can have been for or against the candidate, and at the usual certainty of 0.8 to 0.9 this adds two to four points.
WIDEST = 20.0


def checked(verdict: PointVerdict, without_doubtful: Grade | None) -> PointVerdict:
    """A verdict, set against the grade of the answer less its doubtful words: a hit that does not survive without them is doubted."""
    if without_doubtful is None or verdict.verdict is not Verdict.HIT:
        return verdict
    other = without_doubtful.of(verdict.point_id)
    if other.verdict is Verdict.HIT:
        return verdict
    return replace(verdict, distribution=other.distribution, doubted=True)


def as_heard(grade: Grade, without_doubtful: Grade | None, certainty: float) -> Grade:
    """The grade of a spoken answer: doubted points do not count as hit, and the interval widens as `certainty` in [0, 1] falls.

    The score itself does not depend on the certainty. A grade of another state comes back as it is.
    """
    if grade.state != "graded" or grade.score is None:
        return grade
    points = tuple(checked(point, without_doubtful) for point in grade.points)
    total = score(points) if points != grade.points else grade.score
    margin = WIDEST * (1 - certainty)
    wider = Score(total.value, round(max(0.0, total.low - margin), 1), round(min(100.0, total.high + margin), 1))
    return replace(grade, points=points, score=wider)
