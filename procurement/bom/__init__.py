"""Bills of materials in whatever columns: read, mapped, checked, compared, then written."""
