package fake

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"example.com/orders/internal/activities"
	"example.com/orders/pkg/models"
)

// Load is the operation that writes a row of a report.
const Load = "load"

// Sales knows one source, "orders": the payments that were charged and not refunded.
type Sales struct{ Journal Journal }

// Extract implements activities.Sales.
func (s Sales) Extract(_ context.Context, source string) ([]models.Sale, error) {
	if source != "orders" {
		return nil, activities.ErrUnknownSource
	}
	entries, err := s.Journal.Entries()
	if err != nil {
		return nil, err
	}
	var sales []models.Sale
	for _, entry := range entries {
		_, refunded := find(entries, Refund, entry.Key)
		if entry.Operation == Charge && entry.Applied && !refunded {
			order := strings.TrimSuffix(entry.Key, "/payment")
			sales = append(sales, models.Sale{OrderID: order, AmountCents: entry.AmountCents})
		}
	}
	return sales, nil
}

// Load implements activities.Sales.
func (s Sales) Load(_ context.Context, key string, row models.ReportRow) error {
	text, err := json.Marshal(row)
	if err != nil {
		return fmt.Errorf("encode row: %w", err)
	}
	_, err = s.Journal.Do(Entry{Operation: Load, Key: key, Note: string(text)}, never)
	return err
}
