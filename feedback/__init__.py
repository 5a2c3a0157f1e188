"""After-sales feedback that leads back to contracts and tasks."""
