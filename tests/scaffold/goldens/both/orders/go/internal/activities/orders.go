// Package activities does the work of the workflows: everything that touches the world outside.
//
// An activity may run more than once, so each call carries an idempotency key that the other side honours.
package activities

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/sdk/activity"

	"example.com/orders/pkg/models"
)

// What the world outside may answer, the last to every call that comes too late. The activities turn each into an
// error that is not retried.
var (
	ErrDeclined      = errors.New("the payment was declined")
	ErrOutOfStock    = errors.New("out of stock")
	ErrUndeliverable = errors.New("the address cannot be delivered to")
	ErrUndone        = errors.New("it was undone before it was done")
)

// Payments is a payment gateway. Both calls may be repeated with the same key.
type Payments interface {
	// Charge returns the payment's id; ErrDeclined if the customer cannot pay.
	Charge(ctx context.Context, key, customerID string, amountCents int64) (string, error)
	// Refund gives back what was charged with key, if anything was.
	Refund(ctx context.Context, key string) error
}

// Warehouse keeps items for an order. Both calls may be repeated with the same key.
type Warehouse interface {
	// Reserve returns the reservation's id; ErrOutOfStock if there is not enough. It calls alive while it works.
	Reserve(ctx context.Context, key string, item models.Item, alive func()) (string, error)
	// Release puts back what was reserved with key, if anything was.
	Release(ctx context.Context, key string) error
}

// Mailer sends messages to customers, one for each key.
type Mailer interface {
	Send(ctx context.Context, key, customerID, text string) error
}

// Orders are the activities of OrderSaga.
type Orders struct {
	Payments  Payments
	Warehouse Warehouse
	Mailer    Mailer
}

// ValidateOrder fails with InvalidOrder if the order cannot be carried out as it is.
func (o *Orders) ValidateOrder(_ context.Context, order models.OrderRequest) error {
	if reason := whyInvalid(order); reason != "" {
		return final(InvalidOrder, errors.New(reason))
	}
	return nil
}

func whyInvalid(order models.OrderRequest) string {
	switch {
	case order.OrderID == "":
		return "the order has no id"
	case order.CustomerID == "":
		return "the order has no customer"
	case order.Address == "":
		return "the order has no address"
	case len(order.Items) == 0:
		return "the order has no items"
	}
	for _, item := range order.Items {
		if item.Quantity < 1 || item.PriceCents < 1 {
			return fmt.Sprintf("quantity and price of %q must be at least 1", item.SKU)
		}
	}
	return ""
}

// ProcessPayment charges the customer and returns the payment's id, or fails with PaymentDeclined.
func (o *Orders) ProcessPayment(ctx context.Context, payment models.PaymentRequest) (string, error) {
	id, err := o.Payments.Charge(ctx, payment.Key, payment.CustomerID, payment.AmountCents)
	if err != nil {
		return "", translate(fmt.Errorf("charge customer %s: %w", payment.CustomerID, err))
	}
	return id, nil
}

// RefundPayment undoes ProcessPayment.
func (o *Orders) RefundPayment(ctx context.Context, payment models.PaymentRequest) error {
	if err := o.Payments.Refund(ctx, payment.Key); err != nil {
		return fmt.Errorf("refund customer %s: %w", payment.CustomerID, err)
	}
	return nil
}

// ReserveInventory reserves the items one by one and returns the id of the first reservation, or fails with
// OutOfStock. A later attempt goes on with the item that the last heartbeat names.
func (o *Orders) ReserveInventory(ctx context.Context, reservation models.ReservationRequest) (string, error) {
	progress := resume[reserved](ctx)
	for progress.Items < len(reservation.Items) {
		item := reservation.Items[progress.Items]
		alive := func() { activity.RecordHeartbeat(ctx, progress) }
		id, err := o.Warehouse.Reserve(ctx, itemKey(reservation.Key, progress.Items), item, alive)
		if err != nil {
			return "", translate(fmt.Errorf("reserve %d of %s: %w", item.Quantity, item.SKU, err))
		}
		if progress.Items == 0 {
			progress.ID = id
		}
		progress.Items++
		alive()
	}
	return progress.ID, nil
}

// reserved is how far ReserveInventory has come.
type reserved struct {
	Items int    `json:"items"`
	ID    string `json:"id"`
}

// ReleaseInventory undoes ReserveInventory, however far it came.
func (o *Orders) ReleaseInventory(ctx context.Context, reservation models.ReservationRequest) error {
	for index, item := range reservation.Items {
		if err := o.Warehouse.Release(ctx, itemKey(reservation.Key, index)); err != nil {
			return fmt.Errorf("release %s: %w", item.SKU, err)
		}
	}
	return nil
}

func itemKey(key string, index int) string {
	return fmt.Sprintf("%s/%d", key, index)
}

// SendConfirmation tells the customer that the order is on its way.
func (o *Orders) SendConfirmation(ctx context.Context, confirmation models.Confirmation) error {
	text := fmt.Sprintf("Your order %s is on its way.", confirmation.OrderID)
	if err := o.Mailer.Send(ctx, confirmation.Key, confirmation.CustomerID, text); err != nil {
		return fmt.Errorf("confirm order %s: %w", confirmation.OrderID, err)
	}
	return nil
}

// resume returns the details of the last heartbeat of an earlier attempt, or the zero value.
func resume[T any](ctx context.Context) T {
	var progress T
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &progress); err != nil {
			// Progress that cannot be read costs time only: what was done already is done once.
			activity.GetLogger(ctx).Warn("heartbeat details are unreadable, starting over", "error", err)
			var none T
			return none
		}
	}
	return progress
}
