"""What searching in the history costs, and what following costs the stages."""
