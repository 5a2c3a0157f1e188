"""Money of a contract: its payment plan, what came in, what it costs."""
