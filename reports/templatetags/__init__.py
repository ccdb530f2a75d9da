"""Tags of the report pages."""
