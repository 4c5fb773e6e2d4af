package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"example.com/orders/internal/activities"
	"example.com/orders/internal/workflows"
	"example.com/orders/pkg/models"
)

func TestFulfillOrderShipsAnOrder(t *testing.T) {
	env := newEnvironment(t)
	env.RegisterActivity(&activities.Shipping{})
	env.OnActivity("ShipOrder", mock.Anything, mock.Anything).Return("shipment-1", nil)

	env.ExecuteWorkflow(workflows.FulfillOrder, models.FulfillRequest{OrderID: "7", Address: "1 Main Street"})

	var result models.FulfillResult
	require.NoError(t, env.GetWorkflowResult(&result))
	require.Equal(t, "shipment-1", result.ShipmentID)
}

func TestFulfillOrderCallsBackAShipmentThatFailed(t *testing.T) {
	env := newEnvironment(t)
	env.RegisterActivity(&activities.Shipping{})
	env.OnActivity("ShipOrder", mock.Anything, mock.Anything).Return("", undeliverable())
	env.OnActivity("CancelShipment", mock.Anything, mock.Anything).Return(nil).Once()

	env.ExecuteWorkflow(workflows.FulfillOrder, models.FulfillRequest{OrderID: "7", Address: "nowhere"})

	var failure *temporal.ApplicationError
	require.ErrorAs(t, env.GetWorkflowError(), &failure)
	require.Equal(t, activities.Undeliverable, failure.Type())
	env.AssertExpectations(t)
}
