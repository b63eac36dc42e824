"""Who shows the admin token sees the overview."""

from playwright.async_api import Page, expect

from tests.system.world import World
from tests.ui.accessibility import assert_accessible
from tests.ui.browser import Guard
from tests.ui.house import sign_in


async def test_who_signs_in_sees_the_organizations(page: Page, shop_world: World) -> None:
    await sign_in(page, shop_world)

    await expect(page.get_by_role("row", name="shop")).to_contain_text("active")
    await assert_accessible(page)


async def test_a_wrong_token_is_refused_with_the_reason(page: Page, guard: Guard, shop_world: World) -> None:
    guard.expect("401")

    await sign_in(page, shop_world, "another")

    await expect(page.get_by_role("alert")).to_contain_text("token")
    await assert_accessible(page)


async def test_a_stranger_is_led_to_the_door(page: Page, shop_world: World) -> None:
    await page.goto(shop_world.service.admin)

    await expect(page).to_have_url(f"{shop_world.service.admin}/login")
    await assert_accessible(page)
