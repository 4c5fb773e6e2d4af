package main

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

const fxPath = "go.uber.org/fx"

// place says where code stands: in which declared function, and in how many function literals inside it that run
// at a time of their own.
type place struct {
	function *types.Func // nil at package level
	deferred bool        // in a function literal, or behind `go`
	once     bool        // in what a sync.Once does
}

// visit calls see with each node of the program, the nodes around it (the nearest last) and its place.
func (p *program) visit(see func(node ast.Node, around []ast.Node, at place)) {
	for _, one := range p.sources {
		for _, file := range one.files {
			for _, declared := range file.Decls {
				p.visitDeclaration(declared, see)
			}
		}
	}
}

func (p *program) visitDeclaration(declared ast.Decl, see func(ast.Node, []ast.Node, place)) {
	at := place{}
	if function, ok := declared.(*ast.FuncDecl); ok {
		at.function = p.info.Defs[function.Name].(*types.Func)
	}
	var around []ast.Node
	ast.Inspect(declared, func(node ast.Node) bool {
		if node == nil {
			around = around[:len(around)-1]
			return true
		}
		at.deferred, at.once = p.isDeferred(around), p.isOnce(around)
		see(node, around, at)
		around = append(around, node)
		return true
	})
}

// isDeferred tells whether code inside these nodes runs later than the function around it.
func (p *program) isDeferred(around []ast.Node) bool {
	for index, node := range around {
		switch node.(type) {
		case *ast.GoStmt:
			return true
		case *ast.FuncLit:
			if !p.runsAtStart(around[:index], node.(*ast.FuncLit)) {
				return true
			}
		}
	}
	return false
}

// runsAtStart tells whether a function (literal) inside these nodes is called on the spot, is given to fx, or is
// the hook of a start.
func (p *program) runsAtStart(around []ast.Node, function ast.Expr) bool {
	if len(around) == 0 {
		return false
	}
	switch parent := unparenthesized(around).(type) {
	case *ast.CallExpr:
		if parent.Fun == function || p.isOnceDo(parent) {
			return true
		}
	case *ast.KeyValueExpr:
		name, ok := parent.Key.(*ast.Ident)
		return ok && name.Name == "OnStart"
	}
	return p.isGivenToFx(around)
}

// isOnce tells whether code inside these nodes is what a sync.Once does.
func (p *program) isOnce(around []ast.Node) bool {
	return slices.ContainsFunc(around, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		return ok && p.isOnceDo(call)
	})
}

func (p *program) isOnceDo(call *ast.CallExpr) bool {
	callee := p.callee(call)
	return callee != nil && callee.FullName() == "(*sync.Once).Do"
}

// isGivenToFx tells whether a node inside these is an argument of a function of fx, or in a struct of fx.
func (p *program) isGivenToFx(around []ast.Node) bool {
	for index := len(around) - 1; index >= 0; index-- {
		switch outer := around[index].(type) {
		case *ast.CallExpr:
			callee := p.callee(outer)
			return callee != nil && callee.Pkg() != nil && callee.Pkg().Path() == fxPath
		case *ast.CompositeLit:
			return strings.HasPrefix(types.TypeString(p.info.TypeOf(outer), nil), fxPath+".")
		case *ast.ParenExpr, *ast.KeyValueExpr:
		default:
			return false
		}
	}
	return false
}

func unparenthesized(around []ast.Node) ast.Node {
	for index := len(around) - 1; index >= 0; index-- {
		if _, ok := around[index].(*ast.ParenExpr); !ok {
			return around[index]
		}
	}
	return nil
}

// callee returns the function or method that a call names, nil if it is a value.
func (p *program) callee(call *ast.CallExpr) *types.Func {
	found, _ := p.object(call.Fun).(*types.Func)
	return origin(found)
}

func origin(function *types.Func) *types.Func {
	if function == nil {
		return nil
	}
	return function.Origin()
}

// object returns what an expression names, nil if it is none.
func (p *program) object(expression ast.Expr) types.Object {
	switch named := expression.(type) {
	case *ast.Ident:
		return p.info.Uses[named]
	case *ast.SelectorExpr:
		return p.info.Uses[named.Sel]
	case *ast.ParenExpr:
		return p.object(named.X)
	case *ast.IndexExpr:
		if _, isType := p.info.TypeOf(named.X).(*types.Signature); isType {
			return p.object(named.X)
		}
	case *ast.IndexListExpr:
		return p.object(named.X)
	}
	return nil
}

// named returns the whole expression that an identifier is the end of, such as pkg.Name[T], and what is around it.
func named(name *ast.Ident, around []ast.Node) (ast.Expr, []ast.Node) {
	var expression ast.Expr = name
	for len(around) > 0 {
		outer, ok := around[len(around)-1].(ast.Expr)
		if !ok || !isNamedBy(outer, expression) {
			break
		}
		expression = outer
		around = around[:len(around)-1]
	}
	return expression, around
}

func isNamedBy(outer, expression ast.Expr) bool {
	switch whole := outer.(type) {
	case *ast.SelectorExpr:
		return whole.Sel == expression
	case *ast.IndexExpr:
		return whole.X == expression
	case *ast.IndexListExpr:
		return whole.X == expression
	}
	return false
}
