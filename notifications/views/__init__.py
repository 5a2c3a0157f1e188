"""Pages of messages: inbox, outbox, settings, nudges, reports, and what the office keeps of them."""
