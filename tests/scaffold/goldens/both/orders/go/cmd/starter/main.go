// Command starter places one order and prints what became of it.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"example.com/orders/internal/config"
	"example.com/orders/internal/telemetry"
	"example.com/orders/pkg/models"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string, out io.Writer) error {
	order, detach, err := parse(arguments)
	if err != nil {
		return err
	}
	settings, err := config.Load()
	if err != nil {
		return err
	}
	flush, err := telemetry.Trace(ctx, &settings.Client, settings.TaskQueue)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := flush(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "warning: the spans were not sent:", err)
		}
	}()
	c, err := client.DialContext(ctx, settings.Client)
	if err != nil {
		return fmt.Errorf("reach Temporal at %s: %w", settings.Client.HostPort, err)
	}
	defer c.Close()

	options := client.StartWorkflowOptions{
		ID:        "order-" + order.OrderID,
		TaskQueue: settings.TaskQueue,
		// The idempotency keys are made of the id: an order that is placed again is the same order.
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
	}
	started, err := c.ExecuteWorkflow(ctx, options, models.OrderSaga, order)
	if err != nil {
		return fmt.Errorf("start order %s: %w", order.OrderID, err)
	}
	fmt.Fprintf(os.Stderr, "started %s\n", started.GetID())
	if detach {
		return nil
	}
	var result models.OrderResult
	if err := started.Get(ctx, &result); err != nil {
		return fmt.Errorf("order %s: %w", order.OrderID, reason(err))
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(result)
}

// reason leaves out the way that a failure took through workflow, child and activity; the Web UI shows it.
func reason(err error) error {
	var failure *temporal.ApplicationError
	if errors.As(err, &failure) {
		return fmt.Errorf("%s: %s", failure.Type(), failure.Message())
	}
	return err
}

func parse(arguments []string) (order models.OrderRequest, detach bool, err error) {
	var item models.Item
	flags := flag.NewFlagSet("starter", flag.ContinueOnError)
	flags.StringVar(&order.OrderID, "id", rand.Text()[:8], "the order")
	flags.StringVar(&order.CustomerID, "customer", "alice", "who pays; declined… cannot, no-mail… gets no mail")
	flags.StringVar(&order.Address, "address", "1 Main Street", "where to; nowhere… cannot be reached")
	flags.StringVar(&item.SKU, "sku", "book", "what; out-of-stock… is not there, slow… takes a second for each")
	flags.IntVar(&item.Quantity, "quantity", 1, "how many")
	flags.Int64Var(&item.PriceCents, "price", 1999, "what one costs, in cents")
	flags.BoolVar(&detach, "detach", false, "do not wait for the result")
	err = flags.Parse(arguments)
	order.Items = []models.Item{item}
	return order, detach, err
}
