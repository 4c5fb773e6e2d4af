package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
)

// organisation begins the import paths of the packages whose function bodies matter.
const organisation = "go.temporal.io/"

// source is one package with its syntax.
type source struct {
	types *types.Package
	files []*ast.File
}

// program is all packages of a binary; bodies and uses are those of the organisation's packages alone.
type program struct {
	sources []source
	foreign []*types.Package
	info    *types.Info
}

type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	ImportMap  map[string]string
}

// load type-checks the packages that patterns name and everything they import, dependencies first.
func load(patterns ...string) *program {
	loading := &loader{
		files:    token.NewFileSet(),
		packages: map[string]*types.Package{"unsafe": types.Unsafe},
		loaded:   &program{info: newInfo()},
	}
	for _, found := range list(patterns) {
		loading.check(found)
	}
	return loading.loaded
}

func newInfo() *types.Info {
	return &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
		Implicits:  map[ast.Node]types.Object{},
	}
}

func list(patterns []string) []listed {
	arguments := append([]string{"list", "-deps", "-json=ImportPath,Dir,GoFiles,ImportMap", "--"}, patterns...)
	command := exec.Command("go", arguments...)
	var said bytes.Buffer
	command.Stderr = &said
	output, err := command.Output()
	if err != nil {
		fail(errors.New(said.String()))
	}
	var found []listed
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var one listed
		if err := decoder.Decode(&one); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			fail(err)
		}
		found = append(found, one)
	}
}

type loader struct {
	files     *token.FileSet
	packages  map[string]*types.Package
	importMap map[string]string
	loaded    *program
}

// Import returns a package that was checked before: `go list -deps` names dependencies first.
func (l *loader) Import(path string) (*types.Package, error) {
	if mapped, ok := l.importMap[path]; ok {
		path = mapped
	}
	if found, ok := l.packages[path]; ok {
		return found, nil
	}
	return nil, errors.New("not loaded: " + path)
}

func (l *loader) check(found listed) {
	if found.ImportPath == "unsafe" {
		return
	}
	own := isOwn(found.ImportPath)
	var syntax []*ast.File
	for _, name := range found.GoFiles {
		syntax = append(syntax, l.parse(filepath.Join(found.Dir, name)))
	}
	l.importMap = found.ImportMap
	var first error
	config := types.Config{
		Importer:         l,
		FakeImportC:      true,
		IgnoreFuncBodies: !own,
		Sizes:            types.SizesFor("gc", runtime.GOARCH),
		Error: func(err error) {
			if first == nil {
				first = err
			}
		},
	}
	info := newInfo()
	if own {
		info = l.loaded.info
	}
	checked, _ := config.Check(found.ImportPath, l.files, syntax, info)
	if own && first != nil {
		fail(first)
	}
	l.packages[found.ImportPath] = checked
	if own {
		l.loaded.sources = append(l.loaded.sources, source{checked, syntax})
	} else {
		l.loaded.foreign = append(l.loaded.foreign, checked)
	}
}

func (l *loader) parse(path string) *ast.File {
	file, err := parser.ParseFile(l.files, path, nil, parser.SkipObjectResolution)
	if err != nil {
		fail(err)
	}
	return file
}
