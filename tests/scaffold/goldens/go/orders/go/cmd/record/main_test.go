package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
)

func TestARecordedHistoryIsReadAgainWithoutTheNamesOfMachines(t *testing.T) {
	started := &history.WorkflowExecutionStartedEventAttributes{
		WorkflowType: &common.WorkflowType{Name: "OrderSaga"}, Identity: "4711@laptop",
	}
	recorded := &history.History{Events: []*history.HistoryEvent{{
		EventId:    1,
		EventType:  enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
		Attributes: &history.HistoryEvent_WorkflowExecutionStartedEventAttributes{WorkflowExecutionStartedEventAttributes: started},
	}}}

	text, err := encode(recorded)

	require.NoError(t, err)
	require.NotContains(t, string(text), "laptop")
	read, err := client.HistoryFromJSON(bytes.NewReader(text), client.HistoryJSONOptions{})
	require.NoError(t, err)
	require.Equal(t, "OrderSaga", read.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes().GetWorkflowType().GetName())
}
