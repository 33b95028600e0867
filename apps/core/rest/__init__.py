"""What every API endpoint shares: errors, formats, paging, limits, the schema."""
