"""speech"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "speech",
        sa.Column("attempt_id", sa.String(length=32), nullable=False),
        sa.Column("heard", sa.JSON(), nullable=False),
        sa.Column("delivery", sa.JSON(), nullable=True),
        sa.Column("corrected", sa.Boolean(), nullable=False),
        sa.Column("audio", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_speech_attempt_id_attempt"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_speech")),
    )
    with op.batch_alter_table("point_verdict", schema=None) as batch_op:
        batch_op.add_column(sa.Column("doubted", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("turn", schema=None) as batch_op:
        batch_op.add_column(sa.Column("draft", sa.Text(), nullable=True))


def downgrade() -> None:
    """Takes the change back."""
    with op.batch_alter_table("turn", schema=None) as batch_op:
        batch_op.drop_column("draft")
    with op.batch_alter_table("point_verdict", schema=None) as batch_op:
        batch_op.drop_column("doubted")
    op.drop_table("speech")
