package worker_test

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	sdkworker "go.temporal.io/sdk/worker"

	"example.com/orders/internal/worker"
)

// TestReplay fails if a workflow, as it is now, would not do what it did when a history was recorded: then workflows
// that are open when this code is deployed would get stuck. `just record WORKFLOW-ID` adds a history.
func TestReplay(t *testing.T) {
	histories, err := filepath.Glob("testdata/histories/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, histories, "there is no history to replay")
	quiet := log.NewStructuredLogger(slog.New(slog.DiscardHandler))

	for _, path := range histories {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".json"), func(t *testing.T) {
			replayer := sdkworker.NewWorkflowReplayer()
			worker.RegisterWorkflows(replayer)
			require.NoError(t, replayer.ReplayWorkflowHistoryFromJSONFile(quiet, path))
		})
	}
}
