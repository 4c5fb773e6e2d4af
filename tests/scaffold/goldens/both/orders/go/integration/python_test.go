//go:build integration

package integration_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// startPython runs the worker of the other half, which fulfills the orders, until the test ends.
func startPython(t *testing.T, namespace string) {
	directory, err := filepath.Abs("../../python")
	require.NoError(t, err)
	command := exec.Command("uv", "run", "python", "-m", "orders.worker")
	command.Dir = directory
	command.Env = append(os.Environ(),
		"TEMPORAL_NAMESPACE="+namespace,
		"TEMPORAL_TASK_QUEUE=orders-python",
		"STORE_PATH="+filepath.Join(t.TempDir(), "python.store"),
		"HEALTH_ADDRESS=",
	)
	command.Stdout, command.Stderr = t.Output(), t.Output()
	// A group of its own, so that uv and the Python it starts are told to stop together.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		if err := syscall.Kill(-command.Process.Pid, syscall.SIGTERM); err != nil {
			t.Errorf("stop the Python worker: %v", err)
		}
		// It ends by the signal; how, is its own business.
		_ = command.Wait()
	})
}
