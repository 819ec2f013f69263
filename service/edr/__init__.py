"""Regions as collections of OGC API - Environmental Data Retrieval (EDR 1.1)."""
