"""What each report page says: a function from a period to sections."""
