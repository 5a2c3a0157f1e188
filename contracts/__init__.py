"""The hub: contract, team, status, life, customer portal."""
