"""Contracts and their tasks out of an office's workbook: read, understood, checked, then written."""
