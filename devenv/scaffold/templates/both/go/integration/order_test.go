//go:build integration

// Package integration runs both halves of the service against the Temporal server at TEMPORAL_ADDRESS, each test in a
// namespace of its own.
package integration_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"example.com/service/internal/activities"
	"example.com/service/internal/config"
	"example.com/service/internal/fake"
	"example.com/service/internal/worker"
	"example.com/service/pkg/models"
)

// service is a worker of this half and one of the other, in a namespace of their own.
type service struct {
	client    client.Client
	taskQueue string
	journal   fake.Journal
}

func start(t *testing.T) service {
	require.NotEmpty(t, os.Getenv("TEMPORAL_ADDRESS"), "TEMPORAL_ADDRESS must name the server to test against")
	settings, err := config.Load()
	require.NoError(t, err)
	settings.Client.Namespace = newNamespace(t, settings.Client)
	c, err := client.DialContext(t.Context(), settings.Client)
	require.NoError(t, err)
	t.Cleanup(c.Close)

	s := service{c, settings.TaskQueue + "-" + rand.Text(), fake.Journal{Path: filepath.Join(t.TempDir(), "store.jsonl")}}
	w := worker.New(c, s.taskQueue, s.journal)
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	startPython(t, settings.Client.Namespace)
	return s
}

func order() models.OrderRequest {
	return models.OrderRequest{
		OrderID:    rand.Text(),
		CustomerID: "alice",
		Items:      []models.Item{{SKU: "book", Quantity: 1, PriceCents: 1999}},
		Address:    "1 Main Street",
	}
}

func (s service) place(t *testing.T, order models.OrderRequest) client.WorkflowRun {
	options := client.StartWorkflowOptions{
		ID: "order-" + order.OrderID, TaskQueue: s.taskQueue, WorkflowExecutionTimeout: time.Minute,
	}
	run, err := s.client.ExecuteWorkflow(t.Context(), options, models.OrderSaga, order)
	require.NoError(t, err)
	return run
}

func (s service) operations(t *testing.T) []string {
	entries, err := s.journal.Entries()
	require.NoError(t, err)
	var operations []string
	for _, entry := range entries {
		operations = append(operations, entry.Operation)
	}
	return operations
}

func TestAnOrderIsConfirmedAndFound(t *testing.T) {
	s := start(t)
	request := order()
	request.CustomerID = rand.Text()

	var result models.OrderResult
	require.NoError(t, s.place(t, request).Get(t.Context(), &result))

	require.Equal(t, models.Confirmed, result.Status)
	require.Equal(t, []string{fake.Charge, fake.Reserve, fake.Mail}, s.operations(t))
	query := fmt.Sprintf("CustomerId = '%s' AND OrderStatus = 'confirmed' AND OrderTotal = 19.99", request.CustomerID)
	require.Eventually(t, func() bool {
		found, err := s.client.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: query})
		return err == nil && found.GetCount() == 1
	}, 30*time.Second, 200*time.Millisecond)
}

func TestAnOrderThatFailsIsUndone(t *testing.T) {
	tests := map[string]struct {
		spoil      func(*models.OrderRequest)
		kind       string
		operations []string
	}{
		"undeliverable": {
			func(o *models.OrderRequest) { o.Address = "nowhere" }, activities.Undeliverable,
			[]string{fake.Charge, fake.Reserve, fake.Release, fake.Refund},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			request := order()
			test.spoil(&request)

			err := s.place(t, request).Get(t.Context(), nil)

			var failure *temporal.ApplicationError
			require.ErrorAs(t, err, &failure)
			require.Equal(t, test.kind, failure.Type())
			require.Equal(t, test.operations, s.operations(t))
		})
	}
}

func TestAnOrderAnswersWhileItRuns(t *testing.T) {
	s := start(t)
	request := order()
	request.Items[0] = models.Item{SKU: "slow-book", Quantity: 5, PriceCents: 1999}
	run := s.place(t, request)

	require.NoError(t, s.client.SignalWorkflow(t.Context(), run.GetID(), "", models.AddNote, "leave at the door"))
	state, err := s.changeAddress(t.Context(), run, "2 Side Street")
	require.NoError(t, err)
	require.Equal(t, "2 Side Street", state.Address)
	_, err = s.changeAddress(t.Context(), run, "")
	require.ErrorContains(t, err, "the address must not be empty")

	require.NoError(t, run.Get(t.Context(), nil))
	answer, err := s.client.QueryWorkflow(t.Context(), run.GetID(), "", models.QueryState)
	require.NoError(t, err)
	require.NoError(t, answer.Get(&state))
	require.Equal(t, models.OrderState{
		OrderID: request.OrderID, Status: models.Confirmed,
		Notes: []string{"leave at the door"}, Address: "2 Side Street",
	}, state)
}

func (s service) changeAddress(
	ctx context.Context, run client.WorkflowRun, address string,
) (state models.OrderState, err error) {
	update, err := s.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID:   run.GetID(),
		UpdateName:   models.ChangeAddress,
		Args:         []any{address},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return state, err
	}
	return state, update.Get(ctx, &state)
}
