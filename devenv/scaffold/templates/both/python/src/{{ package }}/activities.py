"""What the workflows have done by the world outside. Each can be repeated without doing harm."""

from collections import Counter

from temporalio import activity

from .gateways import Carrier, Reports, UnknownSource
from .models import FulfillRequest, Report, ReportRequest, ReportResult, ReportRow


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
