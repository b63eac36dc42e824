"""What one organization's flood costs the others."""
