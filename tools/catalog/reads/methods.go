package main

import (
	"go/ast"
	"go/types"
	"strings"
)

// implementations finds the methods that a call of an interface's method may mean.
type implementations struct {
	byName map[string][]*types.Func
	known  map[*types.Func][]*types.Func
}

func (p *program) implementations() *implementations {
	found := &implementations{map[string][]*types.Func{}, map[*types.Func][]*types.Func{}}
	for _, function := range p.declared() {
		if function.Signature().Recv() != nil {
			found.byName[function.Name()] = append(found.byName[function.Name()], function)
		}
	}
	return found
}

// meant returns the functions that may run where a function is named: itself, or for a method of an interface the
// methods of all types that have the interface. Type parameters are not looked into: the name has to do.
func (i *implementations) meant(function *types.Func) []*types.Func {
	if !isAbstract(function) {
		return []*types.Func{function}
	}
	if _, ok := i.known[function]; !ok {
		i.known[function] = []*types.Func{}
		for _, method := range i.byName[function.Name()] {
			if hasInterface(method, function.Signature().Recv().Type()) {
				i.known[function] = append(i.known[function], method)
			}
		}
	}
	return i.known[function]
}

// hasInterface tells whether the type that a method belongs to implements an interface.
func hasInterface(method *types.Func, wanted types.Type) bool {
	declared, ok := wanted.Underlying().(*types.Interface)
	if !ok {
		return false
	}
	receiver := method.Signature().Recv().Type()
	if isGeneric(receiver) || isGeneric(wanted) {
		return true
	}
	if _, isPointer := receiver.(*types.Pointer); !isPointer {
		receiver = types.NewPointer(receiver)
	}
	return types.Implements(receiver, declared)
}

func isGeneric(t types.Type) bool {
	if pointer, ok := t.(*types.Pointer); ok {
		t = pointer.Elem()
	}
	held, ok := types.Unalias(t).(*types.Named)
	return ok && held.TypeParams().Len() > 0
}

// calledFromOutside returns the methods that code without a known body may call, because an interface of its own
// package has them.
func (p *program) calledFromOutside() map[*types.Func]bool {
	interfaces := p.foreignInterfaces()
	found := map[*types.Func]bool{}
	for _, function := range p.declared() {
		if function.Signature().Recv() == nil {
			continue
		}
		for _, one := range interfaces[function.Name()] {
			if hasInterface(function, one) {
				found[function] = true
				break
			}
		}
	}
	return found
}

// foreignInterfaces returns the interfaces of packages whose bodies are not looked at, by the name of each method.
func (p *program) foreignInterfaces() map[string][]types.Type {
	found := map[string][]types.Type{}
	for _, one := range p.foreign {
		for _, name := range one.Scope().Names() {
			declared, ok := one.Scope().Lookup(name).(*types.TypeName)
			if !ok || declared.IsAlias() || isGeneric(declared.Type()) {
				continue
			}
			if methods, ok := declared.Type().Underlying().(*types.Interface); ok {
				for index := range methods.NumMethods() {
					method := methods.Method(index).Name()
					found[method] = append(found[method], declared.Type())
				}
			}
		}
	}
	return found
}

// declared returns the functions and methods that the program has a body of.
func (p *program) declared() []*types.Func {
	var found []*types.Func
	for _, one := range p.sources {
		for _, file := range one.files {
			for _, declared := range file.Decls {
				if function, ok := declared.(*ast.FuncDecl); ok {
					found = append(found, p.info.Defs[function.Name].(*types.Func))
				}
			}
		}
	}
	return found
}

func isOwn(path string) bool {
	return strings.HasPrefix(path, organisation)
}
