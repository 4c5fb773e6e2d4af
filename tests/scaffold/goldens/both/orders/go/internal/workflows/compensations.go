package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// compensations undo the steps of a saga. Each is added before its step runs, because a step that failed, timed out
// or was cancelled may have happened all the same; so each must be harmless if there is nothing to undo.
type compensations []compensation

type compensation struct {
	activity any
	argument any
}

func (c *compensations) add(activity, argument any) {
	*c = append(*c, compensation{activity, argument})
}

// run undoes in reverse order, also after the workflow was cancelled. One that fails does not keep the others from
// running.
func (c compensations) run(ctx workflow.Context) error {
	ctx, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 30 * time.Second,
		// Long enough for people to repair what stands in the way.
		ScheduleToCloseTimeout: 7 * 24 * time.Hour,
		RetryPolicy:            &temporal.RetryPolicy{MaximumInterval: time.Minute},
	})
	var failed error
	for i := len(c) - 1; i >= 0; i-- {
		if err := workflow.ExecuteActivity(ctx, c[i].activity, c[i].argument).Get(ctx, nil); err != nil {
			workflow.GetLogger(ctx).Error("a compensation failed, someone has to look at it", "error", err)
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
