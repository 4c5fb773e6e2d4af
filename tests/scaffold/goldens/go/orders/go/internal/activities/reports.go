package activities

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/sdk/activity"

	"example.com/orders/pkg/models"
)

// UnknownSource is the type of the error with which ExtractOrders fails for good.
const UnknownSource = "UnknownSource"

// ErrUnknownSource says that there is no such source of sales.
var ErrUnknownSource = errors.New("there is no such source")

// Sales is where reports come from and go to.
type Sales interface {
	// Extract returns all sales of source; ErrUnknownSource if there is none of that name.
	Extract(ctx context.Context, source string) ([]models.Sale, error)
	// Load writes one row, once for each key.
	Load(ctx context.Context, key string, row models.ReportRow) error
}

// Reports are the activities of DailyReport.
//
// The rows travel through the workflow's history, which suits some hundred of them; above, store them and pass
// on where they lie.
type Reports struct {
	Sales Sales
}

// ExtractOrders returns the sales of a source, or fails with UnknownSource.
func (r *Reports) ExtractOrders(ctx context.Context, request models.ReportRequest) ([]models.Sale, error) {
	sales, err := r.Sales.Extract(ctx, request.Source)
	if err != nil {
		err = fmt.Errorf("extract %q: %w", request.Source, err)
	}
	if errors.Is(err, ErrUnknownSource) {
		return nil, final(UnknownSource, err)
	}
	return sales, err
}

// TransformOrders turns sales into the rows of a report.
func (r *Reports) TransformOrders(_ context.Context, sales []models.Sale) ([]models.ReportRow, error) {
	rows := make([]models.ReportRow, 0, len(sales))
	for _, sale := range sales {
		rows = append(rows, models.ReportRow{OrderID: sale.OrderID, Total: float64(sale.AmountCents) / 100})
	}
	return rows, nil
}

// LoadReport writes the rows and returns how many there are. A later attempt goes on with the row that the last
// heartbeat names.
func (r *Reports) LoadReport(ctx context.Context, report models.Report) (int, error) {
	for row := resume[int](ctx); row < len(report.Rows); row++ {
		if err := r.Sales.Load(ctx, fmt.Sprintf("%s/%d", report.Key, row), report.Rows[row]); err != nil {
			return 0, fmt.Errorf("load row %d into %s: %w", row, report.Destination, err)
		}
		activity.RecordHeartbeat(ctx, row+1)
	}
	return len(report.Rows), nil
}
