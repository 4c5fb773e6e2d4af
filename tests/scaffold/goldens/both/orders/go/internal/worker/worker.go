// Package worker puts workflows and activities on a task queue.
package worker

import (
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"example.com/orders/internal/fake"
)

// New returns a worker that serves every workflow and activity of this service.
func New(c client.Client, taskQueue string, journal fake.Journal) worker.Worker {
	w := worker.New(c, taskQueue, worker.Options{
		// Activities that run when the worker is told to stop may finish. Kubernetes waits longer than this.
		WorkerStopTimeout: 20 * time.Second,
	})
	RegisterWorkflows(w)
	RegisterActivities(w, journal)
	return w
}
