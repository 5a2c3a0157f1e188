"""Files of a contract: documents with immutable versions under the contract's own directory, kinds
with audiences, sharing inside the team, previews, and downloads that leave a trace. Arrives with the
issue on documents; until then the app has no models, pages or links."""
