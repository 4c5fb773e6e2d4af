package models_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/orders/pkg/models"
)

// TestContract reads and writes the payloads on which both halves have agreed. Nothing of them may be unknown here,
// and nothing may get lost or be added.
func TestContract(t *testing.T) {
	payloads := map[string]any{
		"fulfill_request": new(models.FulfillRequest),
		"fulfill_result":  new(models.FulfillResult),
	}
	files, err := filepath.Glob("../../../contract/*.json")
	require.NoError(t, err)
	require.Len(t, files, len(payloads))

	for name, payload := range payloads {
		t.Run(name, func(t *testing.T) {
			agreed, err := os.ReadFile("../../../contract/" + name + ".json")
			require.NoError(t, err)
			decoder := json.NewDecoder(bytes.NewReader(agreed))
			decoder.DisallowUnknownFields()
			require.NoError(t, decoder.Decode(payload))

			written, err := json.Marshal(payload)

			require.NoError(t, err)
			require.JSONEq(t, string(agreed), string(written))
		})
	}
}
