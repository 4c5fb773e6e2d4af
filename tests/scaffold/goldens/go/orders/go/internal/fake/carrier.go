package fake

import (
	"context"
	"strings"

	"example.com/orders/internal/activities"
)

// Operations of the carrier.
const (
	Ship           = "ship"
	CancelShipment = "cancel-shipment"
)

// Carrier does not deliver to addresses that begin with "nowhere".
type Carrier struct{ Journal Journal }

// Ship implements activities.Carrier.
func (c Carrier) Ship(_ context.Context, key, address string) (string, error) {
	if strings.HasPrefix(address, "nowhere") {
		return "", activities.ErrUndeliverable
	}
	return c.Journal.Do(Entry{Operation: Ship, Key: key, Note: address}, CancelShipment)
}

// Cancel implements activities.Carrier.
func (c Carrier) Cancel(_ context.Context, key string) error {
	return c.Journal.Undo(Entry{Operation: CancelShipment, Key: key}, Ship)
}
