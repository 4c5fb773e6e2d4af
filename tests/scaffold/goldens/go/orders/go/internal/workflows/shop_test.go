package workflows_test

import (
	"context"
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

func (s *shop) answer(call string) error {
	s.calls = append(s.calls, call)
	answers := s.fail[call]
	if len(answers) == 0 {
		return nil
	}
	s.fail[call] = answers[1:]
	return answers[0]
}

func (s *shop) Charge(context.Context, string, string, int64) (string, error) {
	return "payment-1", s.answer("charge")
}

func (s *shop) Refund(context.Context, string) error {
	return s.answer("refund")
}

func (s *shop) Reserve(context.Context, string, models.Item, func()) (string, error) {
	return "reservation-1", s.answer("reserve")
}

func (s *shop) Release(context.Context, string) error {
	return s.answer("release")
}

func (s *shop) Send(context.Context, string, string, string) error {
	return s.answer("mail")
}

func (s *shop) fulfill(ctx workflow.Context, _ models.FulfillRequest) (models.FulfillResult, error) {
	if err := workflow.Sleep(ctx, s.shipping); err != nil {
		return models.FulfillResult{}, err
	}
	return models.FulfillResult{ShipmentID: "shipment-1"}, s.answer("fulfill")
}
