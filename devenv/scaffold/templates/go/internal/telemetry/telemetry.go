// Package telemetry measures, traces and logs what clients and workers do.
package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/contrib/bridges/otelslog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/propagation"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

const metricsPeriod = 5 * time.Second

// Measure has a client, and the workers made from it, count and time what they do. The handler shows the result to
// Prometheus. It is also sent, as that of service, to OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, if that is set; the function
// that is returned sends the last of it.
func Measure(ctx context.Context, options *client.Options, service string) (
	http.Handler, func(context.Context) error, error,
) {
	registry := prometheus.NewRegistry()
	shown, err := otelprometheus.New(
		otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo(), otelprometheus.WithoutTargetInfo(),
	)
	if err != nil {
		return nil, nil, fmt.Errorf("export metrics to Prometheus: %w", err)
	}
	// The usual buckets are made for milliseconds, but the SDK counts seconds.
	seconds := metric.NewView(
		metric.Instrument{Kind: metric.InstrumentKindHistogram, Unit: "s"},
		metric.Stream{Aggregation: metric.AggregationExplicitBucketHistogram{Boundaries: prometheus.DefBuckets}},
	)
	settings := []metric.Option{metric.WithReader(shown), metric.WithView(seconds)}
	if os.Getenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT") != "" {
		sent, err := otlpmetrichttp.New(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("export metrics by OTLP: %w", err)
		}
		host, _ := os.Hostname()
		who := resource.NewSchemaless(
			attribute.String("service", service), attribute.String("instance", fmt.Sprintf("%s:%d", host, os.Getpid())),
		)
		every := metric.WithInterval(metricsPeriod)
		settings = append(settings, metric.WithReader(metric.NewPeriodicReader(sent, every)), metric.WithResource(who))
	}
	provider := metric.NewMeterProvider(settings...)
	options.MetricsHandler = opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
		Meter:                provider.Meter("temporal"),
		UseMonotonicCounters: true,
	})
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{}), provider.Shutdown, nil
}

// Trace has a client, and the workers made from it, send spans as those of service to
// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, if that is set. The server is told of the trace that a request belongs to, for its
// own spans to be part of it. What is returned sends the last spans.
func Trace(ctx context.Context, options *client.Options, service string) (func(context.Context) error, error) {
	if os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
		return func(context.Context) error { return nil }, nil
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("export spans: %w", err)
	}
	who := resource.NewSchemaless(attribute.String("service.name", service))
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(who))
	tracing, err := opentelemetry.NewTracingInterceptor(opentelemetry.TracerOptions{
		Tracer: provider.Tracer("temporal"),
	})
	if err != nil {
		return nil, fmt.Errorf("trace: %w", err)
	}
	options.Interceptors = append(options.Interceptors, tracing)
	options.ConnectionOptions.DialOptions = append(
		options.ConnectionOptions.DialOptions, grpc.WithChainUnaryInterceptor(tellTrace),
	)
	return provider.Shutdown, nil
}

// tellTrace sends the span of ctx along with a request, as W3C Trace Context.
func tellTrace(
	ctx context.Context, method string, request, reply any, connection *grpc.ClientConn, invoke grpc.UnaryInvoker,
	options ...grpc.CallOption,
) error {
	headers := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, headers)
	for name, value := range headers {
		ctx = metadata.AppendToOutgoingContext(ctx, name, value)
	}
	return invoke(ctx, method, request, reply, connection, options...)
}

// Log returns a logger that also sends what it logs, as that of service, to OTEL_EXPORTER_OTLP_LOGS_ENDPOINT, if that is
// set: lines of level debug, too, in which the SDK tells what each workflow does. The function that is returned sends
// the last of it.
func Log(ctx context.Context, logger *slog.Logger, service string) (
	*slog.Logger, func(context.Context) error, error,
) {
	if os.Getenv("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT") == "" {
		return logger, func(context.Context) error { return nil }, nil
	}
	exporter, err := otlploghttp.New(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("export logs: %w", err)
	}
	who := resource.NewSchemaless(attribute.String("service.name", service))
	provider := sdklog.NewLoggerProvider(
		sdklog.WithProcessor(sdklog.NewBatchProcessor(exporter)), sdklog.WithResource(who),
	)
	sent := otelslog.NewHandler("temporal", otelslog.WithLoggerProvider(provider))
	return slog.New(slog.NewMultiHandler(logger.Handler(), sent)), provider.Shutdown, nil
}
