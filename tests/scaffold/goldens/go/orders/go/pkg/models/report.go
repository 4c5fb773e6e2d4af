package models

// DailyReport is the name under which clients reach the workflow.
const DailyReport = "DailyReport"

// ReportRequest starts a DailyReport.
type ReportRequest struct {
	Source string `json:"source"`
}

// ReportResult is what a DailyReport returns.
type ReportResult struct {
	Rows        int    `json:"rows"`
	Destination string `json:"destination"`
}

// Sale is one payment, as it was extracted.
type Sale struct {
	OrderID     string `json:"order_id"`
	AmountCents int64  `json:"amount_cents"`
}

// ReportRow is one line of the report.
type ReportRow struct {
	OrderID string  `json:"order_id"`
	Total   float64 `json:"total"`
}

// Report is what is loaded. Key makes loading it twice harmless.
type Report struct {
	Key         string      `json:"key"`
	Destination string      `json:"destination"`
	Rows        []ReportRow `json:"rows"`
}
