package workflows

import (
	"go.temporal.io/sdk/workflow"

	"example.com/orders/internal/activities"
	"example.com/orders/pkg/models"
)

// FulfillOrder ships an order. If it fails or is cancelled, the shipment is called back.
func FulfillOrder(ctx workflow.Context, shipment models.FulfillRequest) (models.FulfillResult, error) {
	var a *activities.Shipping
	var undo compensations
	undo.add(a.CancelShipment, shipment)
	var result models.FulfillResult
	if err := workflow.ExecuteActivity(brief(ctx), a.ShipOrder, shipment).Get(ctx, &result.ShipmentID); err != nil {
		if failed := undo.run(ctx); failed != nil {
			return models.FulfillResult{}, failed
		}
		return models.FulfillResult{}, asFailure(err)
	}
	return result, nil
}
