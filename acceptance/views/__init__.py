"""Pages of acceptances, for the office and for customers."""
