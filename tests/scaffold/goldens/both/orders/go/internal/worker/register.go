package worker

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"example.com/orders/internal/activities"
	"example.com/orders/internal/fake"
	"example.com/orders/internal/workflows"
	"example.com/orders/pkg/models"
)

// RegisterWorkflows makes the workflows of this half known to a worker, or to a replayer.
func RegisterWorkflows(registry worker.WorkflowRegistry) {
	orders := workflows.Orders{FulfillmentQueue: fulfillmentQueue}
	registry.RegisterWorkflowWithOptions(orders.OrderSaga, workflow.RegisterOptions{Name: models.OrderSaga})
}

// RegisterActivities makes the activities of this half known to a worker. Here the fakes give way to clients of the
// real gateways.
func RegisterActivities(registry worker.ActivityRegistry, journal fake.Journal) {
	registry.RegisterActivity(&activities.Orders{
		Payments:  fake.Payments{Journal: journal},
		Warehouse: fake.Warehouse{Journal: journal},
		Mailer:    fake.Mailer{Journal: journal},
	})
}
