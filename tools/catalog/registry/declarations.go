package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
)

// declaration is what only the source knows of a setting: how its key is spelled, and which variable holds it.
type declaration struct {
	key      string
	variable string // import/path.Name
}

// declarations reads the package-level variables of Go packages, by lower-case key.
func declarations(packages []string) map[string]declaration {
	found := map[string]declaration{}
	for _, one := range packages {
		importPath, directory, _ := strings.Cut(one, "=")
		paths, err := filepath.Glob(filepath.Join(directory, "*.go"))
		if err != nil {
			fail(err)
		}
		for _, path := range paths {
			if !strings.HasSuffix(path, "_test.go") {
				readDeclarations(importPath, path, found)
			}
		}
	}
	return found
}

func readDeclarations(in, path string, found map[string]declaration) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		fail(err)
	}
	for _, declared := range file.Decls {
		general, ok := declared.(*ast.GenDecl)
		if !ok || general.Tok != token.VAR {
			continue
		}
		for _, spec := range general.Specs {
			readSpec(in, spec.(*ast.ValueSpec), found)
		}
	}
}

// readSpec takes each variable that is initialised by a call whose first argument is text; which of them are
// settings the registry says.
func readSpec(in string, spec *ast.ValueSpec, found map[string]declaration) {
	for index, value := range spec.Values {
		call, ok := value.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			continue
		}
		literal, ok := call.Args[0].(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			continue
		}
		key, err := strconv.Unquote(literal.Value)
		if err != nil {
			fail(err)
		}
		found[strings.ToLower(key)] = declaration{key: key, variable: in + "." + spec.Names[index].Name}
	}
}
