// Command registry prints the dynamic config settings that this server version holds, as JSON.
//
//	go run . IMPORT/PATH=DIRECTORY...
//
// It links the packages of the server that declare settings (imports.go is written for each version, see
// tools/catalog/server.py) and reads the server's own registry. Nothing is taken from the text of the source but
// the spelling of a key, which the registry has in lower case, and the variable that holds a setting.
package main

import (
	"encoding/json"
	"os"
	"sort"
	"sync/atomic"
	_ "unsafe" // for go:linkname

	"go.temporal.io/server/common/dynamicconfig"
)

// registry mirrors the type of the same name in the server, as far as the layout of its fields goes.
type registry struct {
	settings map[dynamicconfig.Key]dynamicconfig.GenericSetting
	queried  atomic.Bool
}

//go:linkname globalRegistry go.temporal.io/server/common/dynamicconfig.globalRegistry
var globalRegistry registry

type setting struct {
	Variable   string       `json:"variable"`
	Key        string       `json:"key"`
	Type       string       `json:"type"`
	Precedence string       `json:"precedence"`
	Default    defaultValue `json:"default"`
	Shape      any          `json:"shape,omitempty"`
	Converter  string       `json:"converter,omitempty"`
	Text       string       `json:"description"`
}

type catalog struct {
	ConstraintSets map[string][][]string `json:"constraint_sets"`
	Settings       []setting             `json:"settings"`
}

func main() {
	declared := declarations(os.Args[1:])
	found := catalog{ConstraintSets: constraintSets(), Settings: settings(declared)}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(found); err != nil {
		fail(err)
	}
}

func settings(declared map[string]declaration) []setting {
	found := make([]setting, 0, len(globalRegistry.settings))
	for key, generic := range globalRegistry.settings {
		source, ok := declared[key.String()]
		if !ok {
			failf("no declaration found of %q, which the registry holds", key.String())
		}
		found = append(found, describe(generic, source))
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Key < found[j].Key })
	return found
}
