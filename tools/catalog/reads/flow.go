package main

import (
	"go/ast"
	"go/types"
	"strings"
)

const dynamicConfig = "go.temporal.io/server/common/dynamicconfig"

// reading is when a setting, or a variable that holds its function, is read.
type reading struct {
	live, start, lost bool
	into              []types.Object // the variables that the function flows into
}

// flows is what happens to each variable that may hold a setting's function, and to each setting.
type flows struct {
	program *program
	startup *startup
	found   map[types.Object]*reading
}

// verdicts returns "live", "start" or "unknown" for every variable of a package that is a setting, by
// "import/path.Name".
func verdicts(p *program) map[string]string {
	all := &flows{program: p, startup: findStartup(p), found: map[types.Object]*reading{}}
	p.visit(all.see)
	results := map[string]string{}
	for _, one := range p.sources {
		for _, name := range one.types.Scope().Names() {
			if variable, ok := one.types.Scope().Lookup(name).(*types.Var); ok && isSetting(variable.Type()) {
				results[one.types.Path()+"."+name] = all.verdict(variable)
			}
		}
	}
	return results
}

func (f *flows) verdict(object types.Object) string {
	total := reading{}
	f.add(object, &total, map[types.Object]bool{})
	switch {
	case total.live:
		return "live"
	case total.start && !total.lost:
		return "start"
	default:
		return "unknown"
	}
}

func (f *flows) add(object types.Object, total *reading, seen map[types.Object]bool) {
	if seen[object] {
		return
	}
	seen[object] = true
	own := f.of(object)
	total.live = total.live || own.live
	total.start = total.start || own.start
	total.lost = total.lost || own.lost
	for _, next := range own.into {
		f.add(next, total, seen)
	}
}

func (f *flows) of(object types.Object) *reading {
	if variable, ok := object.(*types.Var); ok {
		object = variable.Origin()
	}
	if f.found[object] == nil {
		f.found[object] = &reading{}
	}
	return f.found[object]
}

// see looks at each use of a setting, or of a variable whose type is a function.
func (f *flows) see(node ast.Node, around []ast.Node, at place) {
	name, ok := node.(*ast.Ident)
	if !ok {
		return
	}
	variable, ok := f.program.info.Uses[name].(*types.Var)
	if !ok || variable.Pkg() == nil {
		return
	}
	expression, outside := named(name, around)
	switch {
	case isSetting(variable.Type()):
		f.seeSetting(variable, outside, at)
	case isFunction(variable.Type()) && !isTarget(expression, outside):
		f.follow(f.of(variable), expression, outside, at)
	}
}

// seeSetting looks at what is asked of a setting: Get or Subscribe with the collection, or something else.
func (f *flows) seeSetting(setting *types.Var, around []ast.Node, at place) {
	result := f.of(setting)
	selector, ok := last(around, 0).(*ast.SelectorExpr)
	call, isCall := last(around, 1).(*ast.CallExpr)
	if !ok || !isCall || call.Fun != selector {
		result.lost = true
		return
	}
	switch selector.Sel.Name {
	case "Get":
		f.follow(result, call, around[:len(around)-2], at)
	case "Subscribe":
		result.live = true
	case "Key", "Precedence", "Validate":
	default:
		result.lost = true
	}
}

// follow says what becomes of an expression whose value is a setting's function.
func (f *flows) follow(result *reading, expression ast.Expr, around []ast.Node, at place) {
	if len(around) == 0 {
		result.lost = true
		return
	}
	outside := around[:len(around)-1]
	switch parent := around[len(around)-1].(type) {
	case *ast.ParenExpr:
		f.follow(result, parent, outside, at)
	case *ast.CallExpr:
		f.followCall(result, expression, parent, outside, at)
	case *ast.KeyValueExpr:
		f.flowInto(result, f.program.object(parent.Key))
	case *ast.CompositeLit:
		f.flowInto(result, f.fieldAt(parent, expression))
	case *ast.AssignStmt:
		f.flowInto(result, f.target(parent.Lhs, parent.Rhs, expression))
	case *ast.ValueSpec:
		f.flowInto(result, f.declaredBy(parent, expression))
	case *ast.BinaryExpr: // compared with nil
	default:
		result.lost = true
	}
}

func (f *flows) followCall(result *reading, expression ast.Expr, call *ast.CallExpr, outside []ast.Node, at place) {
	if call.Fun == expression {
		switch f.startup.of(at) {
		case atStart:
			result.start = true
		case unclear:
			result.lost = true
		case later:
			result.live = true
		case never:
		}
		return
	}
	if kind := f.program.info.Types[call.Fun]; kind.IsType() { // a conversion
		f.follow(result, call, outside, at)
		return
	}
	f.flowInto(result, f.parameter(call, expression))
}

func (f *flows) flowInto(result *reading, object types.Object) {
	variable, ok := object.(*types.Var)
	if !ok || !isFunction(variable.Type()) || !isOwn(variable.Pkg().Path()) {
		result.lost = true
		return
	}
	result.into = append(result.into, variable.Origin())
}

// parameter returns the parameter that an argument becomes, nil if the body that uses it is not known.
func (f *flows) parameter(call *ast.CallExpr, argument ast.Expr) types.Object {
	callee := f.program.callee(call)
	if callee == nil || isAbstract(callee) {
		return nil
	}
	signature := callee.Signature()
	for index, one := range call.Args {
		if one == argument && (!signature.Variadic() || index < signature.Params().Len()-1) {
			return signature.Params().At(index)
		}
	}
	return nil
}

func isAbstract(function *types.Func) bool {
	receiver := function.Signature().Recv()
	return receiver != nil && types.IsInterface(receiver.Type())
}

// fieldAt returns the field that a value in a struct literal without names is for.
func (f *flows) fieldAt(literal *ast.CompositeLit, value ast.Expr) types.Object {
	declared, ok := f.program.info.TypeOf(literal).Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	for index, one := range literal.Elts {
		if one == value {
			return declared.Field(index)
		}
	}
	return nil
}

func (f *flows) target(to, from []ast.Expr, value ast.Expr) types.Object {
	for index, one := range from {
		if one != value || len(to) != len(from) {
			continue
		}
		if name, ok := to[index].(*ast.Ident); ok && f.program.info.Defs[name] != nil {
			return f.program.info.Defs[name]
		}
		return f.program.object(to[index])
	}
	return nil
}

func (f *flows) declaredBy(spec *ast.ValueSpec, value ast.Expr) types.Object {
	for index, one := range spec.Values {
		if one == value && len(spec.Names) == len(spec.Values) {
			return f.program.info.Defs[spec.Names[index]]
		}
	}
	return nil
}

// isTarget tells whether an expression is what is assigned to, or the name of a field in a literal.
func isTarget(expression ast.Expr, around []ast.Node) bool {
	switch parent := last(around, 0).(type) {
	case *ast.AssignStmt:
		for _, one := range parent.Lhs {
			if one == expression {
				return true
			}
		}
	case *ast.KeyValueExpr:
		return parent.Key == expression
	}
	return false
}

func last(around []ast.Node, back int) ast.Node {
	if len(around) <= back {
		return nil
	}
	return around[len(around)-1-back]
}

func isFunction(t types.Type) bool {
	_, ok := t.Underlying().(*types.Signature)
	return ok
}

// isSetting tells whether t is one of the setting types of the package dynamicconfig.
func isSetting(t types.Type) bool {
	held, ok := types.Unalias(t).(*types.Named)
	if !ok || held.Obj().Pkg() == nil || held.Obj().Pkg().Path() != dynamicConfig {
		return false
	}
	name := held.Obj().Name()
	return strings.HasSuffix(name, "TypedSetting") || strings.HasSuffix(name, "TypedConstrainedDefaultSetting")
}
