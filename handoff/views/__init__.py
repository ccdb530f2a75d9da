"""The desk's pages: each view parses, asks a query or an action, and renders."""
