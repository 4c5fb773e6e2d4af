//go:build integration

package integration_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"
)

// The search attributes that seeds declare for the namespace of the service, and a query that needs all of them.
var searchAttributes = map[string]enums.IndexedValueType{
	"CustomerId":  enums.INDEXED_VALUE_TYPE_KEYWORD,
	"OrderTotal":  enums.INDEXED_VALUE_TYPE_DOUBLE,
	"OrderStatus": enums.INDEXED_VALUE_TYPE_KEYWORD,
}

const queryOfAll = "CustomerId IS NULL AND OrderTotal IS NULL AND OrderStatus IS NULL"

// newNamespace registers a namespace for this test alone, and returns its name when it can be used. It is deleted with
// all that is in it when the test has passed: else its workflows tell why not.
func newNamespace(t *testing.T, options client.Options) string {
	c, err := client.DialContext(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	name := "test-" + rand.Text()
	_, err = c.WorkflowService().RegisterNamespace(t.Context(), &workflowservice.RegisterNamespaceRequest{
		Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("kept: temporal workflow list -n %s", name)
			return
		}
		// The context of the test is over by now.
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_, err := c.OperatorService().DeleteNamespace(ctx, &operatorservice.DeleteNamespaceRequest{Namespace: name})
		assert.NoError(t, err)
	})

	// It may take the server seconds to know a new namespace and its search attributes everywhere.
	add := &operatorservice.AddSearchAttributesRequest{Namespace: name, SearchAttributes: searchAttributes}
	count := &workflowservice.CountWorkflowExecutionsRequest{Namespace: name, Query: queryOfAll}
	require.EventuallyWithT(t, func(collect *assert.CollectT) {
		_, err := c.OperatorService().AddSearchAttributes(t.Context(), add)
		if exists := new(serviceerror.AlreadyExists); !errors.As(err, &exists) {
			require.NoError(collect, err)
		}
		_, err = c.WorkflowService().CountWorkflowExecutions(t.Context(), count)
		require.NoError(collect, err)
	}, 2*time.Minute, 100*time.Millisecond)
	return name
}
