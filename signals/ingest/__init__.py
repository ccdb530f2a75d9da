"""Lets events in over HTTP, compatible with the Segment specification (domain.md §8). docs/events.md tells senders."""
