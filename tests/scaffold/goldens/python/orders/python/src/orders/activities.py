"""What the workflows have done by the world outside. Each can be repeated without doing harm."""

from collections import Counter

from temporalio import activity

from .gateways import Carrier, InvalidOrder, Inventory, Mailer, Payments, Reports, UnknownSource
from .models import (
    Confirmation,
    FulfillRequest,
    OrderRequest,
    PaymentRequest,
    Report,
    ReportRequest,
    ReportResult,
    ReportRow,
    ReservationRequest,
)


class OrderActivities:
    """The steps of an order before it is shipped, their undoing, and the letter at the end."""

    def __init__(self, payments: Payments, inventory: Inventory, mailer: Mailer) -> None:
        self._payments = payments
        self._inventory = inventory
        self._mailer = mailer

    @activity.defn(name="ValidateOrder")
    def validate_order(self, order: OrderRequest) -> None:
        """Refuse an order that nobody could fulfil."""
        if not order.items:
            raise InvalidOrder(f"the order {order.order_id} is empty")
        for item in order.items:
            if item.quantity < 1 or item.price_cents < 0:
                raise InvalidOrder(f"{item.quantity} pieces of {item.sku} at {item.price_cents} cents")

    @activity.defn(name="ProcessPayment")
    def process_payment(self, payment: PaymentRequest) -> str:
        """Charge the customer."""
        return self._payments.charge(payment.customer_id, payment.amount_cents, payment.key)

    @activity.defn(name="RefundPayment")
    def refund_payment(self, payment: PaymentRequest) -> None:
        """Undo ProcessPayment."""
        self._payments.refund(payment.key)

    @activity.defn(name="ReserveInventory")
    def reserve_inventory(self, reservation: ReservationRequest) -> str:
        """Set the goods aside; heartbeats tell that a long search is still alive."""
        return self._inventory.reserve(reservation.items, reservation.key, on_progress=activity.heartbeat)

    @activity.defn(name="ReleaseInventory")
    def release_inventory(self, reservation: ReservationRequest) -> None:
        """Undo ReserveInventory."""
        self._inventory.release(reservation.key)

    @activity.defn(name="SendConfirmation")
    def send_confirmation(self, confirmation: Confirmation) -> None:
        """Tell the customer."""
        self._mailer.confirm(confirmation.customer_id, confirmation.order_id, confirmation.key)


class FulfillmentActivities:
    """The shipping of an order, and its undoing."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    @activity.defn(name="ShipOrder")
    def ship_order(self, order: FulfillRequest) -> str:
        """Hand the goods to the carrier."""
        return self._carrier.ship(order.order_id, order.address, _shipment_key(order))

    @activity.defn(name="CancelShipment")
    def cancel_shipment(self, order: FulfillRequest) -> None:
        """Undo ShipOrder."""
        self._carrier.cancel(_shipment_key(order))


def _shipment_key(order: FulfillRequest) -> str:
    return f"fulfill-{order.order_id}/shipment"


class ReportActivities:
    """The steps of the daily report."""

    def __init__(self, carrier: Carrier, reports: Reports) -> None:
        self._carrier = carrier
        self._reports = reports

    @activity.defn(name="ExtractOrders")
    def extract_orders(self, request: ReportRequest) -> list[str]:
        """Return the address of every order that was shipped."""
        if request.source != "orders":
            raise UnknownSource(f"there is no source {request.source}")
        return list(self._carrier.shipped_to())

    @activity.defn(name="TransformOrders")
    def transform_orders(self, addresses: list[str]) -> list[ReportRow]:
        """Count the orders of each address."""
        return [ReportRow(address, orders) for address, orders in sorted(Counter(addresses).items())]

    @activity.defn(name="LoadReport")
    def load_report(self, report: Report) -> ReportResult:
        """Write the report; an attempt goes on behind the last row that the one before it wrote."""
        details = activity.info().heartbeat_details
        written = int(details[0]) if details else 0
        for number, row in enumerate(report.rows[written:], start=written + 1):
            self._reports.write(report.name, number, row)
            activity.heartbeat(number)
        return ReportResult(len(report.rows), self._reports.location(report.name))
