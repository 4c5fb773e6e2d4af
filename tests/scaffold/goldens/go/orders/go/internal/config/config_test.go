package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/orders/internal/config"
)

// setenv sets exactly these settings; no file of the developer's is read.
func setenv(t *testing.T, settings map[string]string) {
	names := []string{
		"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "TEMPORAL_TASK_QUEUE",
		"STORE_PATH", "HEALTH_ADDRESS", "METRICS_ADDRESS",
	}
	for _, name := range names {
		t.Setenv(name, settings[name])
	}
	t.Setenv("TEMPORAL_CONFIG_FILE", t.TempDir()+"/temporal.toml")
}

func TestLoadReadsTheEnvironment(t *testing.T) {
	setenv(t, map[string]string{
		"TEMPORAL_ADDRESS": "temporal:7233", "TEMPORAL_NAMESPACE": "shop", "TEMPORAL_TASK_QUEUE": "shop-go",
		"STORE_PATH": "/data/store.jsonl", "HEALTH_ADDRESS": ":9000", "METRICS_ADDRESS": ":9001",
	})

	loaded, err := config.Load()

	require.NoError(t, err)
	require.Equal(t, "temporal:7233", loaded.Client.HostPort)
	require.Equal(t, "shop", loaded.Client.Namespace)
	require.Equal(t, "shop-go", loaded.TaskQueue)
	require.Equal(t, "/data/store.jsonl", loaded.StorePath)
	require.Equal(t, ":9000", loaded.HealthAddress)
	require.Equal(t, ":9001", loaded.MetricsAddress)
}

func TestLoadHasDefaults(t *testing.T) {
	setenv(t, map[string]string{"TEMPORAL_TASK_QUEUE": "shop-go"})

	loaded, err := config.Load()

	require.NoError(t, err)
	require.Equal(t, "store.jsonl", loaded.StorePath)
	require.Equal(t, ":8080", loaded.HealthAddress)
	require.Empty(t, loaded.MetricsAddress)
}

func TestLoadDemandsATaskQueue(t *testing.T) {
	setenv(t, nil)

	_, err := config.Load()

	require.EqualError(t, err, "TEMPORAL_TASK_QUEUE is not set")
}
