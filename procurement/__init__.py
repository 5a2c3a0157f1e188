"""Suppliers, purchase items, arrivals."""
