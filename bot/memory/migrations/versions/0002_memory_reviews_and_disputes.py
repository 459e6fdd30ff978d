"""memory, reviews and disputes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "memory",
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("card_id", sa.String(length=60), nullable=False),
        sa.Column("point_id", sa.String(length=60), nullable=False),
        sa.Column("stability", sa.Double(), nullable=False),
        sa.Column("difficulty", sa.Double(), nullable=False),
        sa.Column("last_review", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviews", sa.Integer(), nullable=False),
        sa.Column("lapses", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("credit", sa.Double(), nullable=False),
        sa.Column("lack", sa.Double(), nullable=False),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["learner_id"], ["learner.id"], name=op.f("fk_memory_learner_id_learner"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("learner_id", "card_id", "point_id", name=op.f("pk_memory")),
    )
    op.create_table(
        "dispute",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("attempt_id", sa.String(length=32), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.String(length=60), nullable=False),
        sa.Column("claimed", sa.String(length=12), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("again", sa.JSON(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_dispute_attempt_id_attempt"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["learner_id"], ["learner.id"], name=op.f("fk_dispute_learner_id_learner"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
    )
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.create_index("ix_dispute_attempt", ["attempt_id"], unique=False)

    op.create_table(
        "review",
        sa.Column("attempt_id", sa.String(length=32), nullable=False),
        sa.Column("point_id", sa.String(length=60), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("card_id", sa.String(length=60), nullable=False),
        sa.Column("circumstance", sa.String(length=12), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("credit", sa.Double(), nullable=False),
        sa.Column("retrievability", sa.Double(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_review_attempt_id_attempt"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["learner_id"], ["learner.id"], name=op.f("fk_review_learner_id_learner"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("attempt_id", "point_id", name=op.f("pk_review")),
    )
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.create_index("ix_review_learner_card", ["learner_id", "card_id", "point_id", "reviewed_at"], unique=False)
        batch_op.create_index("ix_review_learner_time", ["learner_id", "reviewed_at"], unique=False)

    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.add_column(sa.Column("duration", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("asked", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("calibration", sa.String(length=12), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("hints", sa.Integer(), nullable=False, server_default="0"))
        batch_op.create_index("ix_attempt_learner_time", ["learner_id", "answered_at"], unique=False)
        batch_op.create_index("ix_attempt_asked", ["learner_id", "lang", "follow_up_point", "card_id"], unique=False)

    # Which answers came after the hints was not kept; to have had them is the honest guess.
    op.execute("UPDATE attempt SET hints = (SELECT turn.hints FROM turn WHERE turn.id = attempt.turn_id)")

    with op.batch_alter_table("learner", schema=None) as batch_op:
        batch_op.add_column(sa.Column("daily_minutes", sa.Integer(), nullable=False, server_default="20"))
        batch_op.add_column(sa.Column("interview_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("fsrs_parameters", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("fsrs_recalls", sa.Integer(), nullable=False, server_default="0"))

    with op.batch_alter_table("turn", schema=None) as batch_op:
        batch_op.add_column(sa.Column("point_id", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("reason", sa.String(length=20), nullable=True))
        batch_op.create_index("ix_turn_card", ["card_id", "point_id", "asked_at"], unique=False)


def downgrade() -> None:
    """Takes the change back."""
    with op.batch_alter_table("turn", schema=None) as batch_op:
        batch_op.drop_index("ix_turn_card")
        batch_op.drop_column("reason")
        batch_op.drop_column("point_id")

    with op.batch_alter_table("learner", schema=None) as batch_op:
        batch_op.drop_column("fsrs_recalls")
        batch_op.drop_column("fsrs_parameters")
        batch_op.drop_column("interview_on")
        batch_op.drop_column("daily_minutes")

    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_attempt_asked")
        batch_op.drop_index("ix_attempt_learner_time")
        batch_op.drop_column("hints")
        batch_op.drop_column("calibration")
        batch_op.drop_column("asked")
        batch_op.drop_column("duration")

    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_index("ix_review_learner_time")
        batch_op.drop_index("ix_review_learner_card")

    op.drop_table("review")
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.drop_index("ix_dispute_attempt")

    op.drop_table("dispute")
    op.drop_table("memory")
