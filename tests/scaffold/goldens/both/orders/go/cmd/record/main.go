// Command record saves the history of a workflow where the replay test finds it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/encoding/protojson"

	"example.com/orders/internal/config"
)

const directory = "internal/worker/testdata/histories"

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) error {
	if len(arguments) != 1 {
		return errors.New("usage: record WORKFLOW-ID")
	}
	settings, err := config.Load()
	if err != nil {
		return err
	}
	c, err := client.DialContext(ctx, settings.Client)
	if err != nil {
		return fmt.Errorf("reach Temporal at %s: %w", settings.Client.HostPort, err)
	}
	defer c.Close()

	events, err := read(ctx, c, arguments[0])
	if err != nil {
		return fmt.Errorf("read the history of %s: %w", arguments[0], err)
	}
	text, err := encode(events)
	if err != nil {
		return fmt.Errorf("encode the history of %s: %w", arguments[0], err)
	}
	path := filepath.Join(directory, filepath.Base(arguments[0])+".json")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return fmt.Errorf("save the history: %w", err)
	}
	fmt.Println(path)
	return nil
}

func read(ctx context.Context, c client.Client, workflowID string) (*history.History, error) {
	events := &history.History{}
	pages := c.GetWorkflowHistory(ctx, workflowID, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for pages.HasNext() {
		event, err := pages.Next()
		if err != nil {
			return nil, err
		}
		events.Events = append(events.Events, event)
	}
	return events, nil
}

// encode leaves out who did what: replaying does not need the names of machines.
func encode(events *history.History) ([]byte, error) {
	text, err := protojson.Marshal(events)
	if err != nil {
		return nil, err
	}
	var document any
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	removeIdentities(document)
	text, err = json.MarshalIndent(document, "", " ")
	return append(text, '\n'), err
}

func removeIdentities(node any) {
	switch node := node.(type) {
	case map[string]any:
		delete(node, "identity")
		for _, child := range node {
			removeIdentities(child)
		}
	case []any:
		for _, child := range node {
			removeIdentities(child)
		}
	}
}
