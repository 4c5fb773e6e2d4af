package telemetry_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"example.com/service/internal/telemetry"
)

func TestMeasureShowsWhatTheSDKCountsAndTimes(t *testing.T) {
	var options client.Options
	handler, flush, err := telemetry.Measure(t.Context(), &options, "orders-go")
	require.NoError(t, err)
	options.MetricsHandler.Counter("temporal_workflow_completed").Inc(1)
	options.MetricsHandler.Timer("temporal_workflow_endtoend_latency").Record(20 * time.Millisecond)

	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))

	require.Contains(t, answer.Body.String(), "temporal_workflow_completed_total 1")
	require.Contains(t, answer.Body.String(), `temporal_workflow_endtoend_latency_seconds_bucket{le="0.025"} 1`)
	require.NoError(t, flush(t.Context()))
}

func TestMeasureSendsTheSameWhereItIsToldTo(t *testing.T) {
	received := make(chan []byte, 1)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		received <- body
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", collector.URL+"/v1/metrics")
	var options client.Options
	_, flush, err := telemetry.Measure(t.Context(), &options, "orders-go")
	require.NoError(t, err)
	options.MetricsHandler.Counter("temporal_workflow_completed").Inc(1)

	require.NoError(t, flush(t.Context()))

	body := string(<-received)
	require.Contains(t, body, "temporal_workflow_completed")
	require.Contains(t, body, "orders-go")
}

func TestTraceIsOffUnlessThereIsSomewhereToSendSpans(t *testing.T) {
	for endpoint, interceptors := range map[string]int{"": 0, "http://127.0.0.1:4318/v1/traces": 1} {
		t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint)
		var options client.Options

		flush, err := telemetry.Trace(t.Context(), &options, "orders-go")

		require.NoError(t, err)
		require.Len(t, options.Interceptors, interceptors)
		require.Len(t, options.ConnectionOptions.DialOptions, interceptors)
		require.NoError(t, flush(t.Context()))
	}
}

func TestLogSendsWhatIsLoggedWhereItIsToldTo(t *testing.T) {
	received := make(chan []byte, 1)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		received <- body
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", collector.URL+"/v1/logs")
	var shown bytes.Buffer
	logger, flush, err := telemetry.Log(t.Context(), slog.New(slog.NewJSONHandler(&shown, nil)), "orders-go")
	require.NoError(t, err)

	logger.Warn("no stock", "WorkflowID", "order-7")

	require.NoError(t, flush(t.Context()))
	body := string(<-received)
	for _, part := range []string{"no stock", "WorkflowID", "order-7", "orders-go"} {
		require.Contains(t, body, part)
	}
	require.Contains(t, shown.String(), `"WorkflowID":"order-7"`)
}

func TestLogLeavesTheLoggerAsItIsWithoutAPlace(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "")
	before := slog.New(slog.DiscardHandler)

	after, flush, err := telemetry.Log(t.Context(), before, "orders-go")

	require.NoError(t, err)
	require.Same(t, before, after)
	require.NoError(t, flush(t.Context()))
}
