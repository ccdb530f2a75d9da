"""The demo company: Northbeam sells an integration platform, and this is its desk after a year of use.

Everything is invented, and comes from a seed and the day alone, so that two loads on one day are the same.
`world` holds plain values without Django; `write` puts them into the database; `journeys` is what the desk did of it.
"""
