"""All hostile requests; every one differs from a right one in what its name says."""

from tests.security.attacks import addresses, bodies, credentials, framing

ATTACKS = [*credentials.ATTACKS, *addresses.ATTACKS, *framing.ATTACKS, *bodies.ATTACKS]
