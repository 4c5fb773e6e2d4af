package workflows_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"example.com/orders/internal/activities"
	"example.com/orders/internal/workflows"
	"example.com/orders/pkg/models"
)

// shop runs one OrderSaga with its real activities. It is their world outside, and the child workflow, too.
type shop struct {
	env      *testsuite.TestWorkflowEnvironment
	calls    []string           // what was asked for, in order
	keys     []string           // the idempotency keys of the activities among them
	fail     map[string][]error // what to answer to the first calls; nil and what follows succeed
	shipping time.Duration      // how long the child takes
}

func newShop(t *testing.T) *shop {
	s := &shop{env: newEnvironment(t), fail: map[string][]error{}}
	s.env.RegisterActivity(&activities.Orders{Payments: s, Warehouse: s, Mailer: s})
	s.env.RegisterWorkflowWithOptions(s.fulfill, workflow.RegisterOptions{Name: models.FulfillOrder})
	return s
}

// newEnvironment returns one whose log is seen only if the test fails.
func newEnvironment(t *testing.T) *testsuite.TestWorkflowEnvironment {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.NewTextHandler(t.Output(), nil))))
	return suite.NewTestWorkflowEnvironment()
}

func (s *shop) sell(order models.OrderRequest) {
	s.env.ExecuteWorkflow(workflows.Orders{}.OrderSaga, order)
}

func (s *shop) state(t *testing.T) models.OrderState {
	t.Helper()
	answer, err := s.env.QueryWorkflow(models.QueryState)
	require.NoError(t, err)
	var state models.OrderState
	require.NoError(t, answer.Get(&state))
	return state
}

func (s *shop) answer(call string, keys ...string) error {
	s.calls = append(s.calls, call)
	s.keys = append(s.keys, keys...)
	answers := s.fail[call]
	if len(answers) == 0 {
		return nil
	}
	s.fail[call] = answers[1:]
	return answers[0]
}

func (s *shop) Charge(_ context.Context, key, _ string, _ int64) (string, error) {
	return "payment-1", s.answer("charge", key)
}

func (s *shop) Refund(_ context.Context, key string) error {
	return s.answer("refund", key)
}

func (s *shop) Reserve(_ context.Context, key string, _ models.Item, _ func()) (string, error) {
	return "reservation-1", s.answer("reserve", key)
}

func (s *shop) Release(_ context.Context, key string) error {
	return s.answer("release", key)
}

func (s *shop) Send(_ context.Context, key, _, _ string) error {
	return s.answer("mail", key)
}

func (s *shop) fulfill(ctx workflow.Context, _ models.FulfillRequest) (models.FulfillResult, error) {
	if err := workflow.Sleep(ctx, s.shipping); err != nil {
		// It takes its time to undo its own steps.
		undoing, cancel := workflow.NewDisconnectedContext(ctx)
		defer cancel()
		return models.FulfillResult{}, errors.Join(err, workflow.Sleep(undoing, time.Minute), s.answer("unfulfill"))
	}
	return models.FulfillResult{ShipmentID: "shipment-1"}, s.answer("fulfill")
}
