"""The service with its door open: credentials are not looked at. What the judge must not let pass."""

from multidict import CIMultiDictProxy

from gladly_segment.cli import main
from gladly_segment.receive.credentials import Verifier


def _admit(self: Verifier, headers: CIMultiDictProxy[str]) -> bool:
    return True


if __name__ == "__main__":
    Verifier.admits = _admit
    main()
