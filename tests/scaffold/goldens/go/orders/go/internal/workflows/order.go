package workflows

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"example.com/orders/internal/activities"
	"example.com/orders/pkg/models"
)

// order is what an OrderSaga knows while it runs, and what its clients see of it.
type order struct {
	request  models.OrderRequest
	state    models.OrderState
	shipping bool
}

// openOrder makes the order answer queries, updates and signals, and makes it findable.
func openOrder(ctx workflow.Context, request models.OrderRequest) (*order, error) {
	o := &order{
		request: request,
		state:   models.OrderState{OrderID: request.OrderID, Notes: []string{}, Address: request.Address},
	}
	if err := o.serve(ctx); err != nil {
		return nil, err
	}
	customer := temporal.NewSearchAttributeKeyKeyword("CustomerId").ValueSet(request.CustomerID)
	total := temporal.NewSearchAttributeKeyFloat64("OrderTotal").ValueSet(float64(request.TotalCents()) / 100)
	return o, o.reach(ctx, models.Received, customer, total)
}

func (o *order) serve(ctx workflow.Context) error {
	read := func() (models.OrderState, error) { return o.state, nil }
	if err := workflow.SetQueryHandler(ctx, models.QueryState, read); err != nil {
		return fmt.Errorf("serve the query: %w", err)
	}
	validated := workflow.UpdateHandlerOptions{Validator: o.checkAddress}
	err := workflow.SetUpdateHandlerWithOptions(ctx, models.ChangeAddress, o.changeAddress, validated)
	if err != nil {
		return fmt.Errorf("serve the update: %w", err)
	}
	workflow.Go(ctx, o.takeNotes)
	return nil
}

func (o *order) takeNotes(ctx workflow.Context) {
	for notes := workflow.GetSignalChannel(ctx, models.AddNote); ; {
		var text string
		if more := notes.Receive(ctx, &text); !more {
			return
		}
		o.state.Notes = append(o.state.Notes, text)
	}
}

// checkAddress refuses a change before it becomes part of the history.
func (o *order) checkAddress(address string) error {
	switch {
	case address == "":
		return errors.New("the address must not be empty")
	case o.shipping:
		return errors.New("the order is already being shipped")
	default:
		return nil
	}
}

func (o *order) changeAddress(_ workflow.Context, address string) (models.OrderState, error) {
	o.state.Address = address
	return o.state, nil
}

// reach notes the status, and maybe more, where queries and searches find it.
func (o *order) reach(ctx workflow.Context, status models.OrderStatus, more ...temporal.SearchAttributeUpdate) error {
	o.state.Status = status
	attribute := temporal.NewSearchAttributeKeyKeyword("OrderStatus").ValueSet(string(status))
	if err := workflow.UpsertTypedSearchAttributes(ctx, append(more, attribute)...); err != nil {
		return fmt.Errorf("set the search attributes of an order that is %s: %w", status, err)
	}
	return nil
}

// key returns the idempotency key of a step: the same in every attempt, in every replay, and in no other order.
func (o *order) key(ctx workflow.Context, step string) string {
	return workflow.GetInfo(ctx).WorkflowExecution.ID + "/" + step
}

// fail undoes what was begun, and returns the error of the workflow.
func (o *order) fail(ctx workflow.Context, cause error, undo compensations) error {
	status := models.Compensated
	if err := undo.run(ctx); err != nil {
		status = models.CompensationFailed
	} else if isOfType(cause, activities.InvalidOrder) {
		status = models.Rejected
	}
	if err := o.reach(ctx, status); err != nil {
		return err
	}
	return asFailure(cause)
}
