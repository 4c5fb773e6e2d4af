// Command server runs the worker until it is told to stop. `server health` asks one that runs whether it is ready.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"golang.org/x/sync/errgroup"

	"example.com/orders/internal/config"
	"example.com/orders/internal/fake"
	"example.com/orders/internal/telemetry"
	"example.com/orders/internal/worker"
)

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], logger); err != nil {
		logger.Error("the server failed", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string, logger *slog.Logger) error {
	settings, err := config.Load()
	switch {
	case err != nil:
		return err
	case len(arguments) == 0:
		return work(ctx, settings, logger)
	case len(arguments) == 1 && arguments[0] == "health":
		return ask(ctx, settings.HealthAddress)
	default:
		return errors.New("usage: server [health]")
	}
}

func work(ctx context.Context, settings config.Config, logger *slog.Logger) error {
	logger, flushLogs, err := telemetry.Log(ctx, logger, settings.TaskQueue)
	if err != nil {
		return err
	}
	settings.Client.Logger = log.NewStructuredLogger(logger)
	metrics, flushMetrics, err := telemetry.Measure(ctx, &settings.Client, settings.TaskQueue)
	if err != nil {
		return err
	}
	flushSpans, err := telemetry.Trace(ctx, &settings.Client, settings.TaskQueue)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := errors.Join(flushMetrics(ctx), flushSpans(ctx), flushLogs(ctx)); err != nil {
			logger.Warn("the last metrics, spans and logs were not sent", "error", err)
		}
	}()

	group, ctx := errgroup.WithContext(ctx)
	if settings.MetricsAddress != "" {
		group.Go(func() error { return serve(ctx, settings.MetricsAddress, metrics) })
	}
	c, err := client.DialContext(ctx, settings.Client)
	if err != nil {
		return fmt.Errorf("reach Temporal at %s: %w", settings.Client.HostPort, err)
	}
	defer c.Close()
	group.Go(func() error { return serve(ctx, settings.HealthAddress, health(c)) })
	group.Go(func() error {
		w := worker.New(c, settings.TaskQueue, fake.Journal{Path: settings.StorePath})
		return w.Run(interruption(ctx))
	})
	return group.Wait()
}

// interruption is closed when ctx is done, which is how a worker is told to stop.
func interruption(ctx context.Context) <-chan any {
	interrupted := make(chan any)
	context.AfterFunc(ctx, func() { close(interrupted) })
	return interrupted
}
