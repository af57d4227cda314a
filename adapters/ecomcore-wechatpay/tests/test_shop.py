"""A shop in Shenzhen: the buyer scans the code, and the notification of WeChat Pay confirms the order."""

from __future__ import annotations

from ecomcore.kernel.ids import OrderId
from ecomcore.kernel.money import Currency, Money, Price
from ecomcore.ordering import EntryKind, OrderState, PlaceOrder, QuoteCart, ReceiveWebhook, Webhook
from ecomcore.testing import FixedClock, ShopKit, a_shop
from ecomcore_wechatpay import WeChatPay
from ecomcore_wechatpay.names import trade_name
from ecomcore_wechatpay.sandbox import WeChatPaySandbox

CNY = Currency("CNY")


def buy(kit: ShopKit) -> OrderId:
    lines = kit.cart(quantity=2)
    total = kit.shop.ask(QuoteCart(lines, CNY)).total
    return kit.member.handle(PlaceOrder(lines, accepted=total))


def receive(kit: ShopKit, webhook: Webhook) -> None:
    kit.guest.handle(ReceiveWebhook(webhook.body, tuple(webhook.headers.items())))


def test_a_buyer_scans_the_code_and_the_notification_confirms_the_order(
    gateway: WeChatPay, wechat: WeChatPaySandbox, clock: FixedClock
) -> None:
    kit = a_shop(outside=gateway, clock=clock, price=Price(Money(6_800, CNY)))
    order = buy(kit)
    asked = kit.view(order).payments[-1]
    trade = trade_name(asked.payment)

    wechat.pay(trade)
    receive(kit, wechat.notification(trade))
    receive(kit, wechat.notification(trade))

    paid = kit.view(order)
    assert asked.kind is EntryKind.ACTION_REQUIRED
    assert asked.reference.startswith("weixin://wxpay/bizpayurl?pr=")
    assert paid.state is OrderState.CONFIRMED
    assert paid.captured == Money(13_600, CNY)
    assert [entry.kind for entry in paid.payments].count(EntryKind.CAPTURED) == 1


def test_an_order_that_is_called_off_after_paying_gives_the_money_back(
    gateway: WeChatPay, wechat: WeChatPaySandbox, clock: FixedClock
) -> None:
    kit = a_shop(outside=gateway, clock=clock, price=Price(Money(6_800, CNY)))
    order = buy(kit)
    trade = trade_name(kit.view(order).payments[-1].payment)
    wechat.pay(trade)
    receive(kit, wechat.notification(trade))

    kit.cancel(order)
    kit.settle()

    assert kit.view(order).state is OrderState.CANCELLED
    assert kit.view(order).refunded == Money(13_600, CNY)
    assert wechat.given_back(trade) == 13_600
