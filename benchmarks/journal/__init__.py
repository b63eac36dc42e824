"""How fast the SQLite journal is: `make bench-journal`. All figures are ratios taken in one run."""
