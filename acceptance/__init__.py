"""Applications for acceptance, rounds, levels."""
