"""What a learner can take along: reports, flash cards, tables, and everything that is stored of them."""
