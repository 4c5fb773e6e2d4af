package telemetry_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"example.com/orders/internal/telemetry"
)

func TestMeasureShowsWhatTheSDKCountsAndTimes(t *testing.T) {
	var options client.Options
	handler, err := telemetry.Measure(&options)
	require.NoError(t, err)
	options.MetricsHandler.Counter("temporal_workflow_completed").Inc(1)
	options.MetricsHandler.Timer("temporal_workflow_endtoend_latency").Record(20 * time.Millisecond)

	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))

	require.Contains(t, answer.Body.String(), "temporal_workflow_completed_total 1")
	require.Contains(t, answer.Body.String(), `temporal_workflow_endtoend_latency_seconds_bucket{le="0.025"} 1`)
}

func TestTraceIsOffUnlessThereIsSomewhereToSendSpans(t *testing.T) {
	for endpoint, interceptors := range map[string]int{"": 0, "http://127.0.0.1:4317": 1} {
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
		var options client.Options

		flush, err := telemetry.Trace(t.Context(), &options)

		require.NoError(t, err)
		require.Len(t, options.Interceptors, interceptors)
		require.NoError(t, flush(t.Context()))
	}
}
