// Package telemetry measures and traces what clients and workers do.
package telemetry

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"
)

// Measure has a client, and the workers made from it, count and time what they do. The handler shows the result to
// Prometheus.
func Measure(options *client.Options) (http.Handler, error) {
	registry := prometheus.NewRegistry()
	exporter, err := otelprometheus.New(
		otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo(), otelprometheus.WithoutTargetInfo(),
	)
	if err != nil {
		return nil, fmt.Errorf("export metrics to Prometheus: %w", err)
	}
	// The usual buckets are made for milliseconds, but the SDK counts seconds.
	seconds := metric.NewView(
		metric.Instrument{Kind: metric.InstrumentKindHistogram, Unit: "s"},
		metric.Stream{Aggregation: metric.AggregationExplicitBucketHistogram{Boundaries: prometheus.DefBuckets}},
	)
	provider := metric.NewMeterProvider(metric.WithReader(exporter), metric.WithView(seconds))
	options.MetricsHandler = opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
		Meter:                provider.Meter("temporal"),
		UseMonotonicCounters: true,
	})
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{}), nil
}

// Trace has a client, and the workers made from it, send spans to OTEL_EXPORTER_OTLP_ENDPOINT, if that is set. What
// it returns sends the last spans.
func Trace(ctx context.Context, options *client.Options) (func(context.Context) error, error) {
	if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" {
		return func(context.Context) error { return nil }, nil
	}
	exporter, err := otlptracegrpc.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("export spans: %w", err)
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
	tracing, err := opentelemetry.NewTracingInterceptor(opentelemetry.TracerOptions{
		Tracer: provider.Tracer("temporal"),
	})
	if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	options.Interceptors = append(options.Interceptors, tracing)
	return provider.Shutdown, nil
}
