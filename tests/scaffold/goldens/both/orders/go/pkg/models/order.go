// Package models holds the payloads of the workflows and activities, and the names that their clients use.
package models

// Names under which clients reach the workflows.
const (
	OrderSaga    = "OrderSaga"
	FulfillOrder = "FulfillOrder"

	AddNote       = "add_note"       // signal: text
	QueryState    = "order_state"    // query: OrderState
	ChangeAddress = "change_address" // update: address to OrderState
)

// OrderStatus is how far an order has come; it is the value of the search attribute OrderStatus, too.
type OrderStatus string

// The statuses of an order, in the order in which it passes them; the last three are ends of an order that failed.
const (
	Received           OrderStatus = "received"
	Validated          OrderStatus = "validated"
	Paid               OrderStatus = "paid"
	Reserved           OrderStatus = "reserved"
	Fulfilled          OrderStatus = "fulfilled"
	Confirmed          OrderStatus = "confirmed"
	Rejected           OrderStatus = "rejected"
	Compensated        OrderStatus = "compensated"
	CompensationFailed OrderStatus = "compensation_failed"
)

// Item is one line of an order.
type Item struct {
	SKU        string `json:"sku"`
	Quantity   int    `json:"quantity"`
	PriceCents int64  `json:"price_cents"`
}

// OrderRequest starts an OrderSaga.
type OrderRequest struct {
	OrderID    string `json:"order_id"`
	CustomerID string `json:"customer_id"`
	Items      []Item `json:"items"`
	Address    string `json:"address"`
}

// TotalCents returns what the order costs.
func (r OrderRequest) TotalCents() int64 {
	var total int64
	for _, item := range r.Items {
		total += int64(item.Quantity) * item.PriceCents
	}
	return total
}

// OrderResult is what an OrderSaga that succeeded returns.
type OrderResult struct {
	OrderID       string      `json:"order_id"`
	Status        OrderStatus `json:"status"`
	PaymentID     string      `json:"payment_id"`
	ReservationID string      `json:"reservation_id"`
	ShipmentID    string      `json:"shipment_id"`
}

// OrderState is what an order tells of itself while it runs and afterwards.
type OrderState struct {
	OrderID string      `json:"order_id"`
	Status  OrderStatus `json:"status"`
	Notes   []string    `json:"notes"`
	Address string      `json:"address"`
}
