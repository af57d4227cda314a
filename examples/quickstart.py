"""A shop in memory: a product, its stock, an order that is paid and shipped, and the story the order tells."""

import re

from ecomcore import Member, Money, Price, Staff, Subscriber, assemble, catalog, inventory, ordering, shipping


def tell(event, _):
    what = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(event).__name__).lower()
    print(f"  * {what} {getattr(event, 'amount', '')}".rstrip())


shop = assemble(subscribers=[Subscriber("storyteller", ordering.ROOM.events, tell)])
clerk = shop.desk(Staff("mia", {"*"}))
buyer = shop.desk(Member("ada"))

print("Mia fills the shelf with a dozen packets of tea.")
tea = catalog.NewVariant("TEA-100", Price(Money(650, "EUR")), id="tea")
clerk.handle(catalog.AddProduct("Green tea", [tea], publish=True))
clerk.handle(inventory.OpenLocation("Warehouse", id="warehouse"))
clerk.handle(inventory.ReceiveStock("warehouse", [inventory.StockLine("tea", 12)]))

print("Ada buys two of them.")
cart = [ordering.CartLine("tea", 2)]
quote = buyer.ask(ordering.QuoteCart(cart, "EUR"))
order = buyer.handle(ordering.PlaceOrder(cart, accepted=quote.total), key="ada-1")

print("Mia hands them to the carrier.")
shipment = clerk.ask(shipping.ListShipments(order))[0]
clerk.handle(shipping.ShipShipment(shipment.id))

seen = buyer.ask(ordering.GetOrder(order))
left = buyer.ask(inventory.GetAvailability(["tea"]))[0].available
print(f"The order is {seen.state}, {seen.captured} of {seen.total} are taken, {left} packets are left.")
