package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"example.com/orders/internal/activities"
	"example.com/orders/internal/workflows"
	"example.com/orders/pkg/models"
)

func TestDailyReportPassesTheSalesOn(t *testing.T) {
	env := newEnvironment(t)
	env.SetStartTime(time.Date(2030, 1, 2, 3, 0, 0, 0, time.UTC))
	env.RegisterActivity(&activities.Reports{})
	request := models.ReportRequest{Source: "orders"}
	sales := []models.Sale{{OrderID: "7", AmountCents: 1999}}
	rows := []models.ReportRow{{OrderID: "7", Total: 19.99}}
	env.OnActivity("ExtractOrders", mock.Anything, request).Return(sales, nil)
	env.OnActivity("TransformOrders", mock.Anything, sales).Return(rows, nil)
	env.OnActivity("LoadReport", mock.Anything, models.Report{
		Key: "default-test-workflow-id/row", Destination: "orders-report-2030-01-02", Rows: rows,
	}).Return(1, nil)

	env.ExecuteWorkflow(workflows.DailyReport, request)

	var result models.ReportResult
	require.NoError(t, env.GetWorkflowResult(&result))
	require.Equal(t, models.ReportResult{Rows: 1, Destination: "orders-report-2030-01-02"}, result)
}
