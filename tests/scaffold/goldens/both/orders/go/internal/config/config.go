// Package config reads the settings of the service from the environment, and from nowhere else.
package config

import (
	"errors"
	"fmt"
	"os"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
)

// Config are the settings of the service.
type Config struct {
	Client         client.Options // TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_TLS…, TEMPORAL_API_KEY, or a profile
	TaskQueue      string         // TEMPORAL_TASK_QUEUE
	StorePath      string         // STORE_PATH: file of the fake world outside
	HealthAddress  string         // HEALTH_ADDRESS
	MetricsAddress string         // METRICS_ADDRESS: none means no metrics
}

// Load returns the settings.
func Load() (Config, error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return Config{}, fmt.Errorf("read the settings of the Temporal client: %w", err)
	}
	config := Config{
		Client:         options,
		TaskQueue:      os.Getenv("TEMPORAL_TASK_QUEUE"),
		StorePath:      valueOr("STORE_PATH", "store.jsonl"),
		HealthAddress:  valueOr("HEALTH_ADDRESS", ":8080"),
		MetricsAddress: os.Getenv("METRICS_ADDRESS"),
	}
	if config.TaskQueue == "" {
		return Config{}, errors.New("TEMPORAL_TASK_QUEUE is not set")
	}
	return config, nil
}

func valueOr(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}
