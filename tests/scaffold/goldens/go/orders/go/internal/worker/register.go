package worker

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"example.com/orders/internal/activities"
	"example.com/orders/internal/fake"
	"example.com/orders/internal/workflows"
	"example.com/orders/pkg/models"
)

// RegisterWorkflows makes the workflows of this service known to a worker, or to a replayer.
func RegisterWorkflows(registry worker.WorkflowRegistry) {
	var orders workflows.Orders
	register := func(implementation any, name string) {
		registry.RegisterWorkflowWithOptions(implementation, workflow.RegisterOptions{Name: name})
	}
	register(orders.OrderSaga, models.OrderSaga)
	register(workflows.FulfillOrder, models.FulfillOrder)
	register(workflows.DailyReport, models.DailyReport)
}

// RegisterActivities makes the activities of this service known to a worker. Here the fakes give way to clients of
// the real gateways.
func RegisterActivities(registry worker.ActivityRegistry, journal fake.Journal) {
	registry.RegisterActivity(&activities.Orders{
		Payments:  fake.Payments{Journal: journal},
		Warehouse: fake.Warehouse{Journal: journal},
		Mailer:    fake.Mailer{Journal: journal},
	})
	registry.RegisterActivity(&activities.Shipping{Carrier: fake.Carrier{Journal: journal}})
	registry.RegisterActivity(&activities.Reports{Sales: fake.Sales{Journal: journal}})
}
