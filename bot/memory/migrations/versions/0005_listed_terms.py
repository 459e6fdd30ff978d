"""listed terms"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Applies the change; of earlier answers no list of terms was put aside."""
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        # A default that is an expression would make SQLite's table anew, and dropping the old one takes the verdicts along.
        batch_op.add_column(sa.Column("listed_terms", sa.Boolean(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Takes the change back."""
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_column("listed_terms")
