"""Pages of tasks, plans and imports."""
