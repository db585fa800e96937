"""Regions: China's administrative divisions by GB/T 2260 code, other countries by ISO 3166 code."""
