package workflows_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"example.com/orders/internal/activities"
	"example.com/orders/pkg/models"
)

func order() models.OrderRequest {
	return models.OrderRequest{
		OrderID:    "7",
		CustomerID: "alice",
		Items:      []models.Item{{SKU: "book", Quantity: 2, PriceCents: 1999}},
		Address:    "1 Main Street",
	}
}

func undeliverable() error {
	return temporal.NewNonRetryableApplicationError("nobody lives there", activities.Undeliverable, nil)
}

func TestOrderSagaConfirmsAnOrder(t *testing.T) {
	shop := newShop(t)

	shop.sell(order())

	var result models.OrderResult
	require.NoError(t, shop.env.GetWorkflowResult(&result))
	require.Equal(t, models.OrderResult{
		OrderID: "7", Status: models.Confirmed,
		PaymentID: "payment-1", ReservationID: "reservation-1", ShipmentID: "shipment-1",
	}, result)
	require.Equal(t, []string{"charge", "reserve", "fulfill", "mail"}, shop.calls)
}

func TestOrderSagaUndoesWhatWasBegunInReverseOrder(t *testing.T) {
	tests := map[string]struct {
		step  string
		err   error
		kind  string
		calls []string
	}{
		"payment declined": {
			"charge", activities.ErrDeclined, activities.PaymentDeclined,
			[]string{"charge", "refund"},
		},
		"out of stock": {
			"reserve", activities.ErrOutOfStock, activities.OutOfStock,
			[]string{"charge", "reserve", "release", "refund"},
		},
		"undeliverable": {
			"fulfill", undeliverable(), activities.Undeliverable,
			[]string{"charge", "reserve", "fulfill", "release", "refund"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			shop := newShop(t)
			shop.fail[test.step] = []error{test.err}

			shop.sell(order())

			var failure *temporal.ApplicationError
			require.ErrorAs(t, shop.env.GetWorkflowError(), &failure)
			require.Equal(t, test.kind, failure.Type())
			require.Equal(t, test.calls, shop.calls)
			require.Equal(t, models.Compensated, shop.state(t).Status)
		})
	}
}

func TestOrderSagaRejectsAnInvalidOrder(t *testing.T) {
	shop := newShop(t)
	invalid := order()
	invalid.Items = nil

	shop.sell(invalid)

	require.ErrorContains(t, shop.env.GetWorkflowError(), "the order has no items")
	require.Empty(t, shop.calls)
	require.Equal(t, models.Rejected, shop.state(t).Status)
}

func TestOrderSagaKeepsAnOrderWhoseConfirmationFails(t *testing.T) {
	shop := newShop(t)
	down := errors.New("the mail server does not answer")
	shop.fail["mail"] = []error{down, down, down}

	shop.sell(order())

	var result models.OrderResult
	require.NoError(t, shop.env.GetWorkflowResult(&result))
	require.Equal(t, models.Fulfilled, result.Status)
	require.Equal(t, []string{"charge", "reserve", "fulfill", "mail", "mail", "mail"}, shop.calls)
}

func TestOrderSagaTriesACompensationUntilItSucceeds(t *testing.T) {
	shop := newShop(t)
	shop.fail["fulfill"] = []error{undeliverable()}
	down := errors.New("the warehouse does not answer")
	shop.fail["release"] = []error{down, down, down, down, down, down}

	shop.sell(order())

	require.Equal(t, models.Compensated, shop.state(t).Status)
	require.Equal(t, []string{"release", "refund"}, shop.calls[len(shop.calls)-2:])
	require.Empty(t, shop.fail["release"])
}

func TestOrderSagaRunsTheOtherCompensationsWhenOneFailsForGood(t *testing.T) {
	shop := newShop(t)
	shop.fail["fulfill"] = []error{undeliverable()}
	burnt := temporal.NewNonRetryableApplicationError("the warehouse burnt down", "Burnt", nil)
	shop.env.OnActivity("ReleaseInventory", mock.Anything, mock.Anything).Return(burnt)

	shop.sell(order())

	require.Equal(t, []string{"charge", "reserve", "fulfill", "refund"}, shop.calls)
	require.Equal(t, models.CompensationFailed, shop.state(t).Status)
}

func TestOrderSagaUndoesACancelledOrder(t *testing.T) {
	shop := newShop(t)
	shop.shipping = time.Hour
	shop.env.RegisterDelayedCallback(shop.env.CancelWorkflow, time.Minute)

	shop.sell(order())

	require.True(t, temporal.IsCanceledError(shop.env.GetWorkflowError()))
	require.Equal(t, []string{"charge", "reserve", "unfulfill", "release", "refund"}, shop.calls)
	require.Equal(t, models.Compensated, shop.state(t).Status)
}

func TestOrderSagaUsesTheSameKeyToDoAndToUndo(t *testing.T) {
	shop := newShop(t)
	shop.fail["charge"] = []error{errors.New("the gateway does not answer")}
	shop.fail["fulfill"] = []error{undeliverable()}

	shop.sell(order())

	id := "default-test-workflow-id"
	require.Equal(t, []string{
		id + "/payment", id + "/payment", id + "/reservation/0", id + "/reservation/0", id + "/payment",
	}, shop.keys)
}

func TestOrderSagaTakesNotesAndAnotherAddress(t *testing.T) {
	shop := newShop(t)
	// The second attempt comes after a second.
	shop.fail["charge"] = []error{errors.New("the gateway does not answer")}
	var changed models.OrderState
	shop.env.RegisterDelayedCallback(func() {
		shop.env.SignalWorkflow(models.AddNote, "leave at the door")
		shop.env.UpdateWorkflow(models.ChangeAddress, "1", &testsuite.TestUpdateCallback{
			OnAccept: func() {},
			OnReject: func(err error) { t.Error(err) },
			OnComplete: func(result any, err error) {
				require.NoError(t, err)
				changed = result.(models.OrderState)
			},
		}, "2 Side Street")
	}, time.Second/2)

	shop.sell(order())

	require.NoError(t, shop.env.GetWorkflowError())
	require.Equal(t, models.OrderState{
		OrderID: "7", Status: models.Validated, Notes: []string{"leave at the door"}, Address: "2 Side Street",
	}, changed)
	require.Equal(t, "2 Side Street", shop.state(t).Address)
}

func TestOrderSagaRefusesAnAddress(t *testing.T) {
	tests := map[string]struct {
		address string
		after   time.Duration
		reason  string
	}{
		"that is empty":          {"", time.Second / 2, "the address must not be empty"},
		"of an order on its way": {"2 Side Street", time.Minute, "the order is already being shipped"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			shop := newShop(t)
			shop.fail["charge"] = []error{errors.New("the gateway does not answer")}
			shop.shipping = time.Hour
			var refusal error
			shop.env.RegisterDelayedCallback(func() {
				shop.env.UpdateWorkflow(models.ChangeAddress, "1", &testsuite.TestUpdateCallback{
					OnAccept:   func() { t.Error("the address was accepted") },
					OnReject:   func(err error) { refusal = err },
					OnComplete: func(any, error) {},
				}, test.address)
			}, test.after)

			shop.sell(order())

			require.EqualError(t, refusal, test.reason)
			require.Equal(t, "1 Main Street", shop.state(t).Address)
		})
	}
}

func TestOrderSagaMakesAnOrderFindable(t *testing.T) {
	shop := newShop(t)
	customer := temporal.NewSearchAttributeKeyKeyword("CustomerId").ValueSet("alice")
	total := temporal.NewSearchAttributeKeyFloat64("OrderTotal").ValueSet(39.98)
	status := temporal.NewSearchAttributeKeyKeyword("OrderStatus")
	shop.env.OnUpsertTypedSearchAttributes(
		temporal.NewSearchAttributes(customer, total, status.ValueSet("received"))).Return(nil).Once()
	for _, reached := range []string{"validated", "paid", "reserved", "fulfilled", "confirmed"} {
		shop.env.OnUpsertTypedSearchAttributes(
			temporal.NewSearchAttributes(status.ValueSet(reached))).Return(nil).Once()
	}

	shop.sell(order())

	require.NoError(t, shop.env.GetWorkflowError())
	shop.env.AssertExpectations(t)
}

func TestOrderSagaTellsNobodyOfOrdersFromBeforeConfirmations(t *testing.T) {
	shop := newShop(t)
	shop.env.OnGetVersion("send-confirmation", workflow.DefaultVersion, workflow.Version(1)).
		Return(workflow.DefaultVersion)

	shop.sell(order())

	require.NoError(t, shop.env.GetWorkflowError())
	require.Equal(t, []string{"charge", "reserve", "fulfill"}, shop.calls)
	require.Equal(t, models.Fulfilled, shop.state(t).Status)
}
