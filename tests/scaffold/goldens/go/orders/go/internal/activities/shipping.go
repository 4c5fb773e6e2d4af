package activities

import (
	"context"
	"fmt"

	"example.com/orders/pkg/models"
)

// Carrier ships parcels. Both calls may be repeated with the same key.
type Carrier interface {
	// Ship returns the shipment's id; ErrUndeliverable if nobody can be reached at the address.
	Ship(ctx context.Context, key, address string) (string, error)
	// Cancel calls back what was shipped with key, if anything was.
	Cancel(ctx context.Context, key string) error
}

// Shipping are the activities of FulfillOrder.
type Shipping struct {
	Carrier Carrier
}

// ShipOrder hands the order to the carrier and returns the shipment's id, or fails with Undeliverable.
func (s *Shipping) ShipOrder(ctx context.Context, shipment models.FulfillRequest) (string, error) {
	id, err := s.Carrier.Ship(ctx, shipmentKey(shipment), shipment.Address)
	if err != nil {
		return "", translate(fmt.Errorf("ship order %s to %q: %w", shipment.OrderID, shipment.Address, err))
	}
	return id, nil
}

// CancelShipment undoes ShipOrder.
func (s *Shipping) CancelShipment(ctx context.Context, shipment models.FulfillRequest) error {
	if err := s.Carrier.Cancel(ctx, shipmentKey(shipment)); err != nil {
		return fmt.Errorf("cancel the shipment of order %s: %w", shipment.OrderID, err)
	}
	return nil
}

func shipmentKey(shipment models.FulfillRequest) string {
	return "fulfill-" + shipment.OrderID + "/shipment"
}
