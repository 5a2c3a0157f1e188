"""Pages of documents: the contract's tab, one document, uploads, deeds; viewer and content."""
