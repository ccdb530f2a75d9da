"""Pages of the accounts room: each view parses, asks a query or an action, and renders."""
