package models

// PaymentRequest charges a customer, or refunds the charge with the same key.
type PaymentRequest struct {
	Key         string `json:"key"`
	CustomerID  string `json:"customer_id"`
	AmountCents int64  `json:"amount_cents"`
}

// ReservationRequest reserves items, or releases those with the same key.
type ReservationRequest struct {
	Key   string `json:"key"`
	Items []Item `json:"items"`
}

// FulfillRequest starts a FulfillOrder.
type FulfillRequest struct {
	OrderID string `json:"order_id"`
	Address string `json:"address"`
	Items   []Item `json:"items"`
}

// FulfillResult is what a FulfillOrder that succeeded returns.
type FulfillResult struct {
	ShipmentID string `json:"shipment_id"`
}

// Confirmation tells a customer that the order is on its way.
type Confirmation struct {
	Key        string `json:"key"`
	CustomerID string `json:"customer_id"`
	OrderID    string `json:"order_id"`
}
