package main

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestTheCatalogHoldsEveryKeyOfTheRegistry compares the lower-case keys in the file that CATALOG_KEYS names, one per
// line, with the registry of the server that is linked here.
func TestTheCatalogHoldsEveryKeyOfTheRegistry(t *testing.T) {
	listed, err := os.ReadFile(os.Getenv("CATALOG_KEYS"))
	if err != nil {
		t.Fatal(err)
	}
	catalog := strings.Fields(string(listed))
	var registered []string
	for key := range globalRegistry.settings {
		registered = append(registered, key.String())
	}
	slices.Sort(catalog)
	slices.Sort(registered)
	t.Logf("the catalog has %d keys, the registry has %d", len(catalog), len(registered))
	if !slices.Equal(catalog, registered) {
		for _, key := range catalog {
			if !slices.Contains(registered, key) {
				t.Errorf("not in the registry: %s", key)
			}
		}
		for _, key := range registered {
			if !slices.Contains(catalog, key) {
				t.Errorf("not in the catalog: %s", key)
			}
		}
	}
}
