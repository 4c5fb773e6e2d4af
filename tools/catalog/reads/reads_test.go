package main

import (
	"strings"
	"testing"
)

// TestEverySettingIsReadWhenItsNameSays looks at a small server, in testdata.
func TestEverySettingIsReadWhenItsNameSays(t *testing.T) {
	t.Chdir("testdata")
	found := verdicts(load("./cmd/server"))
	if len(found) != 20 {
		t.Errorf("%d settings found", len(found))
	}
	for variable, verdict := range found {
		name := variable[strings.LastIndex(variable, ".")+1:]
		if !strings.HasPrefix(strings.ToLower(name), verdict) {
			t.Errorf("%s: %s", name, verdict)
		}
	}
}
