"""Pages of purchases and suppliers."""
