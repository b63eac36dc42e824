"""What an organization's privacy rules hold back reaches neither Segment nor the journal."""

from pathlib import Path
from typing import Final

from tests.system.world import world

KEY: Final = "canary-key-of-sixteen-or-more"
RULES: Final = {"deny": '["phone"]', "hash": '["email"]', "deny_attributes": '["secret"]', "hash_key": KEY}
VARIABLES: Final = {
    f"GLADLY_SEGMENT_ORGANIZATIONS__SHOP__PRIVACY__{name.upper()}": value for name, value in RULES.items()
}
EMAIL, PHONE, SECRET = "canary@ann.example", "+14155550142", "canary-attribute"


def files_of(data_dir: Path) -> bytes:
    return b"".join(path.read_bytes() for path in data_dir.glob("journal.sqlite*"))


async def test_what_may_not_leave_is_neither_sent_nor_stored(tmp_path: Path) -> None:
    async with world(tmp_path, "shop", variables=VARIABLES) as shop_world:
        gladly, segment, service = shop_world.shop.gladly, shop_world.shop.segment, shop_world.service
        await gladly.conversation(
            "Ann",
            emails=[{"original": EMAIL, "primary": True}],
            phones=[{"original": PHONE, "primary": True}],
            customAttributes={"secret": SECRET, "tier": "gold"},
        )

        stored = [each["properties"] for each in await segment.stored(2)]
        assert await service.stop() == 0

        assert [(each["customerName"], each["customAttributes"]) for each in stored] == [("Ann", {"tier": "gold"})] * 2
        [digest] = {each["email"] for each in stored}
        assert digest.startswith("hmac-sha256:")
        everywhere = files_of(service.data_dir) + await segment.ledger() + service.logged().encode()
        assert digest.encode() in everywhere
        assert [each for each in (EMAIL, PHONE, SECRET, KEY) if each.encode() in everywhere] == []
