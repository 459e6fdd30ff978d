"""delivery score"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ATTEMPT = sa.table("attempt", sa.column("id", sa.String), sa.column("delivery_score", sa.Double))
_SPEECH = sa.table("speech", sa.column("attempt_id", sa.String), sa.column("delivery", sa.JSON))


def upgrade() -> None:
    """Applies the change, and takes the scores over from the deliveries that are stored."""
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.add_column(sa.Column("delivery_score", sa.Double(), nullable=True))
        batch_op.drop_index("ix_attempt_learner_time")
        batch_op.create_index("ix_attempt_learner_time", ["learner_id", "answered_at", "follow_up_point", "score", "delivery_score"])
    connection = op.get_bind()
    stored = connection.execute(sa.select(_SPEECH.c.attempt_id, _SPEECH.c.delivery).where(_SPEECH.c.delivery.is_not(None)))
    scores = [{"attempt": attempt_id, "delivery_score": delivery["score"]} for attempt_id, delivery in stored if delivery]
    if scores:
        connection.execute(sa.update(_ATTEMPT).where(_ATTEMPT.c.id == sa.bindparam("attempt")), scores)


def downgrade() -> None:
    """Takes the change back."""
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_attempt_learner_time")
        batch_op.create_index("ix_attempt_learner_time", ["learner_id", "answered_at"])
        batch_op.drop_column("delivery_score")
