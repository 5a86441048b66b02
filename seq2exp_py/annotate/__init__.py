"""Masks to bigWig tracks, elements, links and counts."""
