package main

import (
	"go/ast"
	"go/types"
	"slices"
)

// moment is when a place in the source runs.
type moment int

const (
	later   moment = iota // also after the start, as far as the source tells
	unclear               // once for an object that is part of the server, or is made later: its Start, its sync.Once
	never                 // in a function that nothing calls
	atStart               // only while the server is put together
)

// startup is the functions that run only while the server is put together. All are, to begin with; those go that are
// used in a place that may run later, and so on with what they call. A call of a method of an interface is a call of
// every such method that the program has.
type startup struct {
	certain map[*types.Func]bool
	likely  map[*types.Func]bool // the methods Start, and what only they call, included
	dead    func(*types.Func) bool
}

func (s *startup) of(at place) moment {
	switch {
	case at.function != nil && s.dead(at.function):
		return never
	case at.deferred:
		return later
	case at.function == nil || s.certain[at.function]:
		return atStart
	case at.once || s.likely[at.function]:
		return unclear
	default:
		return later
	}
}

// reference is one use of a function: a call of it, or its name as a value.
type reference struct {
	to     *types.Func
	at     place
	atOnce bool // called, or given to fx
}

func findStartup(p *program) *startup {
	references, outside := p.withoutDead(p.references()), p.calledFromOutside()
	used := map[*types.Func]bool{}
	for _, one := range references {
		used[one.to] = true
	}
	return &startup{
		certain: p.remaining(references, outside, func(*types.Func) bool { return false }),
		likely:  p.remaining(references, outside, isStart),
		dead: func(function *types.Func) bool {
			return !used[function] && !isEntry(function) && function.Signature().Recv() == nil
		},
	}
}

func isStart(function *types.Func) bool {
	return function.Name() == "Start" && function.Signature().Recv() != nil
}

// remaining returns the functions that are left when those have gone that something uses later; a function stays
// whatever uses it if keep says so.
func (p *program) remaining(
	references []reference, outside map[*types.Func]bool, keep func(*types.Func) bool,
) map[*types.Func]bool {
	left := p.candidates(references, keep)
	callees := map[*types.Func][]*types.Func{}
	var gone []*types.Func
	drop := func(function *types.Func) {
		if left[function] && !keep(function) {
			delete(left, function)
			gone = append(gone, function)
		}
	}
	for _, function := range p.declared() {
		if !left[function] {
			gone = append(gone, function)
		} else if outside[function] {
			drop(function)
		}
	}
	for _, one := range references {
		if !one.atOnce || one.at.deferred {
			drop(one.to)
		} else if one.at.function != nil {
			callees[one.at.function] = append(callees[one.at.function], one.to)
		}
	}
	for len(gone) > 0 {
		next := gone[0]
		gone = gone[1:]
		for _, callee := range callees[next] {
			drop(callee)
		}
	}
	return left
}

// withoutDead leaves out what stands in functions that nothing calls: they are there for other programs, such as the
// server's own tests. Methods stay: the SDK finds workflows and activities by reflection.
func (p *program) withoutDead(references []reference) []reference {
	for {
		used := map[*types.Func]bool{}
		for _, one := range references {
			used[one.to] = true
		}
		isDead := func(one reference) bool {
			function := one.at.function
			return function != nil && !used[function] && !isEntry(function) && function.Signature().Recv() == nil
		}
		left := slices.DeleteFunc(slices.Clone(references), isDead)
		if len(left) == len(references) {
			return left
		}
		references = left
	}
}

func isEntry(function *types.Func) bool {
	return function.Signature().Recv() == nil && (function.Name() == "main" || function.Name() == "init")
}

// candidates are the functions that something uses; what nothing uses is for other programs.
func (p *program) candidates(references []reference, keep func(*types.Func) bool) map[*types.Func]bool {
	found := map[*types.Func]bool{}
	for _, one := range references {
		found[one.to] = true
	}
	for _, function := range p.declared() {
		if isEntry(function) || keep(function) {
			found[function] = true
		}
	}
	return found
}

// references returns every use of a function or method in the program, those through interfaces included.
func (p *program) references() []reference {
	methods := p.implementations()
	var found []reference
	p.visit(func(node ast.Node, around []ast.Node, at place) {
		name, ok := node.(*ast.Ident)
		if !ok {
			return
		}
		function, ok := p.info.Uses[name].(*types.Func)
		if !ok {
			return
		}
		expression, outside := named(name, around)
		atOnce := p.runsAtStart(outside, expression)
		for _, to := range methods.meant(origin(function)) {
			found = append(found, reference{to: to, at: at, atOnce: atOnce})
		}
	})
	return found
}
