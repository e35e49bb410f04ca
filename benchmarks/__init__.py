"""What roop measures of itself. Nothing here is a test."""
