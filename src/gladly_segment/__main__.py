"""`python -m gladly_segment`."""

from gladly_segment.cli import main

if __name__ == "__main__":
    main()
