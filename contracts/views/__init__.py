"""Pages of contracts: list, contract page, steps of its life, team, history, portal, tiles."""
