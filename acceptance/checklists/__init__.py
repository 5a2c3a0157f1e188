"""Templates of checklists: kept by quality, copied into the rounds of acceptances."""
