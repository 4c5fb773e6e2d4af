package fake

import (
	"context"
	"errors"
	"strings"
	"time"

	"example.com/orders/internal/activities"
	"example.com/orders/pkg/models"
)

// Operations of the journal.
const (
	Charge  = "charge"
	Refund  = "refund"
	Reserve = "reserve"
	Release = "release"
	Mail    = "mail"

	never = "" // of what cannot be undone
)

// Payments declines customers whose id begins with "declined".
type Payments struct{ Journal Journal }

// Charge implements activities.Payments.
func (p Payments) Charge(_ context.Context, key, customerID string, amountCents int64) (string, error) {
	if strings.HasPrefix(customerID, "declined") {
		return "", activities.ErrDeclined
	}
	return p.Journal.Do(Entry{Operation: Charge, Key: key, AmountCents: amountCents, Note: customerID}, Refund)
}

// Refund implements activities.Payments.
func (p Payments) Refund(_ context.Context, key string) error {
	return p.Journal.Undo(Entry{Operation: Refund, Key: key}, Charge)
}

// Warehouse has everything except what begins with "out-of-stock"; what begins with "slow" takes a second for
// each unit.
type Warehouse struct{ Journal Journal }

// Reserve implements activities.Warehouse.
func (w Warehouse) Reserve(ctx context.Context, key string, item models.Item, alive func()) (string, error) {
	if strings.HasPrefix(item.SKU, "out-of-stock") {
		return "", activities.ErrOutOfStock
	}
	if strings.HasPrefix(item.SKU, "slow") {
		if err := work(ctx, item.Quantity, alive); err != nil {
			return "", err
		}
	}
	return w.Journal.Do(Entry{Operation: Reserve, Key: key, Note: item.SKU}, Release)
}

func work(ctx context.Context, seconds int, alive func()) error {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for range seconds {
		alive()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
	return nil
}

// Release implements activities.Warehouse.
func (w Warehouse) Release(_ context.Context, key string) error {
	return w.Journal.Undo(Entry{Operation: Release, Key: key}, Reserve)
}

// Mailer cannot reach customers whose id begins with "no-mail".
type Mailer struct{ Journal Journal }

// Send implements activities.Mailer.
func (m Mailer) Send(_ context.Context, key, customerID, text string) error {
	if strings.HasPrefix(customerID, "no-mail") {
		return errors.New("the mail server does not answer")
	}
	_, err := m.Journal.Do(Entry{Operation: Mail, Key: key, Note: text}, never)
	return err
}
