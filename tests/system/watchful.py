"""The service with a guardian that looks often: in compressed time a minute is long."""

from datetime import timedelta

from gladly_segment.cli import main
from gladly_segment.recover import gap, guardian

LOOK_EVERY_S = 0.3
BEHIND = timedelta(seconds=0.5)


def hasten() -> None:
    for name, value in (("LOOK_EVERY_S", LOOK_EVERY_S), ("BEHIND", BEHIND)):
        setattr(guardian, name, value)
    gap.BEHIND = BEHIND  # pyright: ignore[reportConstantRedefinition]


if __name__ == "__main__":
    hasten()
    main()
