package workflows

import (
	"go.temporal.io/sdk/workflow"

	"example.com/orders/internal/activities"
	"example.com/orders/pkg/models"
)

// DailyReport extracts the sales of a source, transforms them and loads them as a report. A schedule starts it.
func DailyReport(ctx workflow.Context, request models.ReportRequest) (models.ReportResult, error) {
	var a *activities.Reports
	report := models.Report{
		Key:         workflow.GetInfo(ctx).WorkflowExecution.ID + "/row",
		Destination: request.Source + "-report-" + workflow.Now(ctx).UTC().Format("2006-01-02"),
	}
	result := models.ReportResult{Destination: report.Destination}

	var sales []models.Sale
	if err := workflow.ExecuteActivity(long(ctx), a.ExtractOrders, request).Get(ctx, &sales); err != nil {
		return result, asFailure(err)
	}
	if err := workflow.ExecuteActivity(brief(ctx), a.TransformOrders, sales).Get(ctx, &report.Rows); err != nil {
		return result, asFailure(err)
	}
	if err := workflow.ExecuteActivity(long(ctx), a.LoadReport, report).Get(ctx, &result.Rows); err != nil {
		return result, asFailure(err)
	}
	return result, nil
}
