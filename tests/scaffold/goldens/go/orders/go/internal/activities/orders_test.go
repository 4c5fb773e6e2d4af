package activities_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"example.com/orders/internal/activities"
	"example.com/orders/internal/fake"
	"example.com/orders/pkg/models"
)

// newEnvironment returns one for activities, and the journal of their world outside.
func newEnvironment(t *testing.T) (*testsuite.TestActivityEnvironment, fake.Journal) {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.NewTextHandler(t.Output(), nil))))
	return suite.NewTestActivityEnvironment(), fake.Journal{Path: filepath.Join(t.TempDir(), "store.jsonl")}
}

func newOrders(t *testing.T) (*testsuite.TestActivityEnvironment, fake.Journal, *activities.Orders) {
	env, journal := newEnvironment(t)
	orders := &activities.Orders{
		Payments:  fake.Payments{Journal: journal},
		Warehouse: fake.Warehouse{Journal: journal},
		Mailer:    fake.Mailer{Journal: journal},
	}
	env.RegisterActivity(orders)
	return env, journal, orders
}

// calls returns the operation of each call that changed something.
func calls(t *testing.T, journal fake.Journal) []string {
	entries, err := journal.Entries()
	require.NoError(t, err)
	var applied []string
	for _, entry := range entries {
		if entry.Applied {
			applied = append(applied, entry.Operation+" "+entry.Key)
		}
	}
	return applied
}

func requireFinal(t *testing.T, err error, kind string) {
	t.Helper()
	var failure *temporal.ApplicationError
	require.ErrorAs(t, err, &failure)
	require.Equal(t, kind, failure.Type())
	require.True(t, failure.NonRetryable())
}

func TestValidateOrder(t *testing.T) {
	valid := models.OrderRequest{
		OrderID: "7", CustomerID: "alice", Address: "1 Main Street",
		Items: []models.Item{{SKU: "book", Quantity: 1, PriceCents: 1999}},
	}
	tests := map[string]struct {
		change func(*models.OrderRequest)
		reason string
	}{
		"valid":       {func(*models.OrderRequest) {}, ""},
		"no id":       {func(o *models.OrderRequest) { o.OrderID = "" }, "the order has no id"},
		"no customer": {func(o *models.OrderRequest) { o.CustomerID = "" }, "the order has no customer"},
		"no address":  {func(o *models.OrderRequest) { o.Address = "" }, "the order has no address"},
		"no items":    {func(o *models.OrderRequest) { o.Items = nil }, "the order has no items"},
		"no quantity": {
			func(o *models.OrderRequest) { o.Items = []models.Item{{SKU: "book", PriceCents: 1999}} },
			`quantity and price of "book" must be at least 1`,
		},
		"no price": {
			func(o *models.OrderRequest) { o.Items = []models.Item{{SKU: "book", Quantity: 1}} },
			`quantity and price of "book" must be at least 1`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			env, _, orders := newOrders(t)
			order := valid
			test.change(&order)

			_, err := env.ExecuteActivity(orders.ValidateOrder, order)

			if test.reason == "" {
				require.NoError(t, err)
				return
			}
			requireFinal(t, err, activities.InvalidOrder)
			require.ErrorContains(t, err, test.reason)
		})
	}
}

func TestProcessPaymentChargesOnceHoweverOftenItRuns(t *testing.T) {
	env, journal, orders := newOrders(t)
	payment := models.PaymentRequest{Key: "order-7/payment", CustomerID: "alice", AmountCents: 1999}

	var ids [2]string
	for i := range ids {
		value, err := env.ExecuteActivity(orders.ProcessPayment, payment)
		require.NoError(t, err)
		require.NoError(t, value.Get(&ids[i]))
	}

	require.NotEmpty(t, ids[0])
	require.Equal(t, ids[0], ids[1])
	require.Equal(t, []string{"charge order-7/payment"}, calls(t, journal))
}

func TestRefundPaymentGivesBackOnce(t *testing.T) {
	env, journal, orders := newOrders(t)
	payment := models.PaymentRequest{Key: "order-7/payment", CustomerID: "alice", AmountCents: 1999}

	for _, step := range []any{orders.ProcessPayment, orders.RefundPayment, orders.RefundPayment} {
		_, err := env.ExecuteActivity(step, payment)
		require.NoError(t, err)
	}

	require.Equal(t, []string{"charge order-7/payment", "refund order-7/payment"}, calls(t, journal))
}

func TestAnswersThatNoRetryWouldChange(t *testing.T) {
	tests := map[string]struct {
		run  func(*activities.Orders) any
		with any
		kind string
	}{
		"declined": {
			func(o *activities.Orders) any { return o.ProcessPayment },
			models.PaymentRequest{Key: "order-7/payment", CustomerID: "declined-bob", AmountCents: 1999},
			activities.PaymentDeclined,
		},
		"out of stock": {
			func(o *activities.Orders) any { return o.ReserveInventory },
			models.ReservationRequest{Key: "order-7/reservation", Items: []models.Item{{SKU: "out-of-stock"}}},
			activities.OutOfStock,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			env, journal, orders := newOrders(t)

			_, err := env.ExecuteActivity(test.run(orders), test.with)

			requireFinal(t, err, test.kind)
			require.Empty(t, calls(t, journal))
		})
	}
}

func TestReserveInventoryGoesOnWhereAnEarlierAttemptStopped(t *testing.T) {
	env, journal, orders := newOrders(t)
	env.SetHeartbeatDetails(map[string]any{"items": 2, "id": "reservation-1"})
	items := []models.Item{{SKU: "book", Quantity: 1}, {SKU: "pen", Quantity: 1}, {SKU: "ink", Quantity: 1}}

	value, err := env.ExecuteActivity(
		orders.ReserveInventory, models.ReservationRequest{Key: "order-7/reservation", Items: items})

	require.NoError(t, err)
	var id string
	require.NoError(t, value.Get(&id))
	require.Equal(t, "reservation-1", id)
	require.Equal(t, []string{"reserve order-7/reservation/2"}, calls(t, journal))
}

func TestReleaseInventoryReleasesWhatWasReserved(t *testing.T) {
	env, journal, orders := newOrders(t)
	items := []models.Item{{SKU: "book", Quantity: 1}, {SKU: "out-of-stock", Quantity: 1}}
	reservation := models.ReservationRequest{Key: "order-7/reservation", Items: items}
	_, err := env.ExecuteActivity(orders.ReserveInventory, reservation)
	requireFinal(t, err, activities.OutOfStock)

	_, err = env.ExecuteActivity(orders.ReleaseInventory, reservation)

	require.NoError(t, err)
	require.Equal(t, []string{
		"reserve order-7/reservation/0", "release order-7/reservation/0",
	}, calls(t, journal))
}

func TestReserveInventoryStopsWhenItIsCancelled(t *testing.T) {
	_, journal, _ := newOrders(t)
	ctx, cancel := context.WithCancel(t.Context())
	slow := models.Item{SKU: "slow-book", Quantity: 3600}

	_, err := fake.Warehouse{Journal: journal}.Reserve(ctx, "order-7/reservation/0", slow, cancel)

	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, calls(t, journal))
}

func TestSendConfirmationIsRetriedWhenTheMailFails(t *testing.T) {
	env, _, orders := newOrders(t)

	_, err := env.ExecuteActivity(orders.SendConfirmation, models.Confirmation{
		Key: "order-7/confirmation", CustomerID: "no-mail-eve", OrderID: "7",
	})

	var failure *temporal.ApplicationError
	require.ErrorAs(t, err, &failure)
	require.False(t, failure.NonRetryable())
}
