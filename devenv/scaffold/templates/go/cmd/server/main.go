// Command server runs the worker until it is told to stop.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"golang.org/x/sync/errgroup"

	"example.com/service/internal/config"
	"example.com/service/internal/fake"
	"example.com/service/internal/telemetry"
	"example.com/service/internal/worker"
)

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, logger); err != nil {
		logger.Error("the server failed", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, logger *slog.Logger) (err error) {
	settings, err := config.Load()
	if err != nil {
		return err
	}
	settings.Client.Logger = log.NewStructuredLogger(logger)
	flush, err := telemetry.Trace(ctx, &settings.Client)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, flush(context.WithoutCancel(ctx))) }()

	group, ctx := errgroup.WithContext(ctx)
	if settings.MetricsAddress != "" {
		metrics, err := telemetry.Measure(&settings.Client)
		if err != nil {
			return err
		}
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

// health answers /healthz while the process lives, and /readyz while it reaches Temporal.
func health(c client.Client) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /readyz", func(answer http.ResponseWriter, request *http.Request) {
		if _, err := c.CheckHealth(request.Context(), &client.CheckHealthRequest{}); err != nil {
			http.Error(answer, err.Error(), http.StatusServiceUnavailable)
		}
	})
	return mux
}

// serve answers requests until ctx is done.
func serve(ctx context.Context, address string, handler http.Handler) error {
	server := &http.Server{Addr: address, Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", address, err)
	}
	return nil
}
