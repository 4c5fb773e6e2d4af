// Package workflows decides what is done, in which order, and what is undone when something fails.
//
// Workflows are replayed: they read no clock, no environment and no random numbers, and they call the world outside
// through activities only. A change of what a workflow does goes behind workflow.GetVersion, or the replay test of
// internal/worker fails.
package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"example.com/orders/internal/activities"
	"example.com/orders/pkg/models"
)

// Orders are the workflows that carry out orders.
type Orders struct {
	// FulfillmentQueue is the task queue of FulfillOrder; empty means that of the order itself.
	FulfillmentQueue string
}

// OrderSaga takes the payment, reserves the items, has them shipped and tells the customer. If a step fails or the
// workflow is cancelled before the items are shipped, everything begun is undone in reverse order.
func (o Orders) OrderSaga(ctx workflow.Context, request models.OrderRequest) (models.OrderResult, error) {
	order, err := openOrder(ctx, request)
	if err != nil {
		return models.OrderResult{}, err
	}
	var undo compensations
	result, err := o.fulfill(ctx, order, &undo)
	if err != nil {
		return models.OrderResult{}, order.fail(ctx, err, undo)
	}
	if err := confirm(ctx, order); err != nil {
		// The goods are on their way: a message that cannot be sent is no reason to call them back.
		workflow.GetLogger(ctx).Error("the order is fulfilled, but the confirmation failed", "error", err)
	}
	result.Status = order.state.Status
	return result, nil
}

func (o Orders) fulfill(ctx workflow.Context, order *order, undo *compensations) (models.OrderResult, error) {
	result := models.OrderResult{OrderID: order.request.OrderID}
	if err := validate(ctx, order); err != nil {
		return result, err
	}
	var err error
	if result.PaymentID, err = pay(ctx, order, undo); err != nil {
		return result, err
	}
	if result.ReservationID, err = reserve(ctx, order, undo); err != nil {
		return result, err
	}
	result.ShipmentID, err = o.ship(ctx, order)
	return result, err
}

func validate(ctx workflow.Context, order *order) error {
	var a *activities.Orders
	if err := workflow.ExecuteActivity(brief(ctx), a.ValidateOrder, order.request).Get(ctx, nil); err != nil {
		return err
	}
	return order.reach(ctx, models.Validated)
}

func pay(ctx workflow.Context, order *order, undo *compensations) (id string, err error) {
	var a *activities.Orders
	payment := models.PaymentRequest{
		Key:         order.key(ctx, "payment"),
		CustomerID:  order.request.CustomerID,
		AmountCents: order.request.TotalCents(),
	}
	undo.add(a.RefundPayment, payment)
	if err := workflow.ExecuteActivity(brief(ctx), a.ProcessPayment, payment).Get(ctx, &id); err != nil {
		return "", err
	}
	return id, order.reach(ctx, models.Paid)
}

func reserve(ctx workflow.Context, order *order, undo *compensations) (id string, err error) {
	var a *activities.Orders
	reservation := models.ReservationRequest{Key: order.key(ctx, "reservation"), Items: order.request.Items}
	undo.add(a.ReleaseInventory, reservation)
	if err := workflow.ExecuteActivity(long(ctx), a.ReserveInventory, reservation).Get(ctx, &id); err != nil {
		return "", err
	}
	return id, order.reach(ctx, models.Reserved)
}

func (o Orders) ship(ctx workflow.Context, order *order) (string, error) {
	order.shipping = true
	child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: "fulfill-" + order.request.OrderID,
		TaskQueue:  o.FulfillmentQueue,
		// It undoes its own steps, and that comes before the undoing of ours.
		WaitForCancellation: true,
	})
	shipment := models.FulfillRequest{
		OrderID: order.request.OrderID,
		Address: order.state.Address,
		Items:   order.request.Items,
	}
	var result models.FulfillResult
	if err := workflow.ExecuteChildWorkflow(child, models.FulfillOrder, shipment).Get(ctx, &result); err != nil {
		return "", err
	}
	return result.ShipmentID, order.reach(ctx, models.Fulfilled)
}

func confirm(ctx workflow.Context, order *order) error {
	// Orders begun before customers were told end here. When none of them is open or kept any more, this goes.
	if workflow.GetVersion(ctx, "send-confirmation", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return nil
	}
	var a *activities.Orders
	confirmation := models.Confirmation{
		Key:        order.key(ctx, "confirmation"),
		CustomerID: order.request.CustomerID,
		OrderID:    order.request.OrderID,
	}
	if err := workflow.ExecuteActivity(brief(ctx), a.SendConfirmation, confirmation).Get(ctx, nil); err != nil {
		return err
	}
	return order.reach(ctx, models.Confirmed)
}

// brief is for steps that take moments.
func brief(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 10 * time.Second,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    time.Second,
			BackoffCoefficient: 2,
			MaximumInterval:    time.Minute,
			MaximumAttempts:    3,
		},
	})
}

// long is for steps that may take minutes, and tell by heartbeats that they are alive.
func long(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 10 * time.Minute,
		HeartbeatTimeout:    5 * time.Second,
		// What is still at work cannot be undone yet.
		WaitForCancellation: true,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    time.Second,
			BackoffCoefficient: 2,
			MaximumInterval:    time.Minute,
			MaximumAttempts:    5,
		},
	})
}
