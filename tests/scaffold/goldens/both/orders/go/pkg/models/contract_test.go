package models_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"

	"example.com/orders/pkg/models"
)

const contract = "../../../contract"

// TestContract fails if a payload that the halves exchange is read or written in another way than agreed.
func TestContract(t *testing.T) {
	payloads := map[string]any{
		"fulfill_request.json": &models.FulfillRequest{},
		"fulfill_result.json":  &models.FulfillResult{},
	}
	files, err := filepath.Glob(filepath.Join(contract, "*.json"))
	require.NoError(t, err)
	require.Len(t, files, len(payloads), "every payload of the contract is tested")

	for name, value := range payloads {
		t.Run(name, func(t *testing.T) {
			agreed, err := os.ReadFile(filepath.Join(contract, name))
			require.NoError(t, err)
			data := converter.GetDefaultDataConverter()
			payload, err := data.ToPayload(json.RawMessage(agreed))
			require.NoError(t, err)

			require.NoError(t, data.FromPayload(payload, value))

			written, err := data.ToPayload(value)
			require.NoError(t, err)
			require.JSONEq(t, string(agreed), string(written.GetData()))
		})
	}
}
