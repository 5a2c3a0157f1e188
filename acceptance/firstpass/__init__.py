"""First-pass yield: of the first rounds decided, how many passed."""
