package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"example.com/orders/internal/activities"
	"example.com/orders/internal/fake"
	"example.com/orders/pkg/models"
)

func newReports(t *testing.T) (*testsuite.TestActivityEnvironment, fake.Journal, *activities.Reports) {
	env, journal := newEnvironment(t)
	reports := &activities.Reports{Sales: fake.Sales{Journal: journal}}
	env.RegisterActivity(reports)
	return env, journal, reports
}

func TestExtractOrdersLeavesOutWhatWasRefunded(t *testing.T) {
	env, journal, reports := newReports(t)
	payments := fake.Payments{Journal: journal}
	for _, key := range []string{"order-7/payment", "order-8/payment"} {
		_, err := payments.Charge(t.Context(), key, "alice", 1999)
		require.NoError(t, err)
	}
	require.NoError(t, payments.Refund(t.Context(), "order-7/payment"))

	value, err := env.ExecuteActivity(reports.ExtractOrders, models.ReportRequest{Source: "orders"})

	require.NoError(t, err)
	var sales []models.Sale
	require.NoError(t, value.Get(&sales))
	require.Equal(t, []models.Sale{{OrderID: "order-8", AmountCents: 1999}}, sales)
}

func TestExtractOrdersFailsForGoodWithoutItsSource(t *testing.T) {
	env, _, reports := newReports(t)

	_, err := env.ExecuteActivity(reports.ExtractOrders, models.ReportRequest{Source: "parrots"})

	requireFinal(t, err, activities.UnknownSource)
}

func TestTransformOrdersTurnsCentsIntoCurrency(t *testing.T) {
	env, _, reports := newReports(t)

	value, err := env.ExecuteActivity(reports.TransformOrders, []models.Sale{{OrderID: "order-8", AmountCents: 1999}})

	require.NoError(t, err)
	var rows []models.ReportRow
	require.NoError(t, value.Get(&rows))
	require.Equal(t, []models.ReportRow{{OrderID: "order-8", Total: 19.99}}, rows)
}

func TestLoadReportGoesOnWhereAnEarlierAttemptStopped(t *testing.T) {
	env, journal, reports := newReports(t)
	env.SetHeartbeatDetails(1)
	report := models.Report{Key: "report/row", Rows: []models.ReportRow{{OrderID: "7"}, {OrderID: "8"}}}

	value, err := env.ExecuteActivity(reports.LoadReport, report)

	require.NoError(t, err)
	var rows int
	require.NoError(t, value.Get(&rows))
	require.Equal(t, 2, rows)
	require.Equal(t, []string{"load report/row/1"}, calls(t, journal))
}
