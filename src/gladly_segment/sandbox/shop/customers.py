"""The shop's customers, ordinary and odd, as Gladly's API would show them (Gladly fact sheet, resources)."""

from typing import TypeAlias

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"
CustomerFields: TypeAlias = dict[str, JsonValue]


def customer(number: int) -> CustomerFields:
    """Give the `number`th customer: three ordinary ones, then one of the odd ones in turn."""
    odd_one, is_ordinary = number // 4 % len(_ODD), number % 4 != 0
    return _ordinary(number) if is_ordinary else {**_ordinary(number), **_ODD[odd_one]}


def _ordinary(number: int) -> CustomerFields:
    email = f"Customer.{number}@Shop.example"
    return {
        "name": f"Customer {number}",
        "emails": [{"original": email, "normalized": email.lower()}],
        "phones": [_phone(f"(415) 555-{number % 10_000:04d}", f"+1415555{number % 10_000:04d}")],
        "customAttributes": {"tier": "gold" if number % 3 else "silver", "orders": number},
    }


def _phone(original: str, normalized: str | None = None, **more: JsonValue) -> JsonValue:
    return {"original": original, **({"normalized": normalized} if normalized else {}), **more}


_ODD: tuple[CustomerFields, ...] = (
    {"emails": []},
    {"emails": [], "phones": [], "customAttributes": {}},
    {"name": ""},
    {"name": "  Zoë Ångström-O’Neill 🛍  "},
    {
        "emails": [
            {"original": "first@shop.example", "normalized": "first@shop.example"},
            {"original": "Main@shop.example", "normalized": "main@shop.example", "primary": True},
        ]
    },
    {"phones": [_phone("415 555 0101", "+14155550101"), _phone("415 555 0102", "+14155550102")]},
    {"phones": [_phone("415 555 0103", "+14155550103"), _phone("415 555 0104", "+14155550104", primary=True)]},
    {"phones": [_phone("(415) 555-0105")]},
    {"phones": [_phone("020 7946 0018", regionCode="GB", type="MOBILE")]},
    {"phones": [_phone("ask at the desk")]},
    {"phones": [_phone("ask at the desk"), _phone("415 555 0106", "+14155550106", primary=False)]},
    {"customAttributes": {"address": {"lines": ["1 Main St", ""], "geo": {"lat": 52.5, "lon": 13.4}}}},
    {"customAttributes": {"größe": "übergroß", "お名前": "山田", "": "no name", "none": None, "list": [1, None]}},
    {"customAttributes": {"history": [f"order {number}" for number in range(1500)]}},
    {"externalCustomerId": "crm-1", "externalCustomerIds": {"crm": "crm-1"}, "image": {"url": "x"}},
)
