package main

import (
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"time"
	"unsafe"

	"go.temporal.io/server/common/dynamicconfig"
)

var precedences = map[dynamicconfig.Precedence]string{
	dynamicconfig.PrecedenceGlobal:        "Global",
	dynamicconfig.PrecedenceNamespace:     "Namespace",
	dynamicconfig.PrecedenceNamespaceID:   "NamespaceID",
	dynamicconfig.PrecedenceTaskQueue:     "TaskQueue",
	dynamicconfig.PrecedenceShardID:       "ShardID",
	dynamicconfig.PrecedenceTaskType:      "TaskType",
	dynamicconfig.PrecedenceDestination:   "Destination",
	dynamicconfig.PrecedenceChasmTaskType: "ChasmTaskType",
}

var typeNames = map[reflect.Type]string{
	reflect.TypeFor[bool]():           "bool",
	reflect.TypeFor[int]():            "int",
	reflect.TypeFor[float64]():        "float",
	reflect.TypeFor[string]():         "string",
	reflect.TypeFor[time.Duration]():  "duration",
	reflect.TypeFor[map[string]any](): "map",
}

func describe(generic dynamicconfig.GenericSetting, source declaration) setting {
	fields := readable(reflect.ValueOf(generic))
	described := setting{
		Variable:   source.variable,
		Key:        source.key,
		Precedence: precedences[generic.Precedence()],
		Default:    defaultOf(fields),
		Converter:  converterName(fields.FieldByName("convert"), source),
		Text:       fields.FieldByName("description").String(),
	}
	if described.Precedence == "" {
		failf("%s: unknown precedence %d", source.key, generic.Precedence())
	}
	held := valueType(fields)
	described.Type = typeNames[held]
	if described.Type == "" {
		described.Type = "structure"
		if isTransparent(held, nil) {
			described.Shape = shapeOf(held, nil)
		}
	}
	return described
}

// valueType is T of a setting[T, P]: what its converter returns first.
func valueType(fields reflect.Value) reflect.Type {
	return fields.FieldByName("convert").Type().Out(0)
}

// readable returns a copy of a struct whose unexported fields can be read.
func readable(value reflect.Value) reflect.Value {
	copied := reflect.New(value.Type())
	copied.Elem().Set(value)
	return copied.Elem()
}

// field returns a field of a readable struct, exported or not, so that it can be used like any value.
func field(fields reflect.Value, name string) (reflect.Value, bool) {
	found := fields.FieldByName(name)
	if !found.IsValid() {
		return found, false
	}
	return reflect.NewAt(found.Type(), unsafe.Pointer(found.UnsafeAddr())).Elem(), true
}

var (
	standardConverters = map[string]bool{
		"convertBool": true, "convertInt": true, "convertFloat": true, "convertString": true,
		"convertDuration": true, "convertMap": true, "ConvertStructure": true,
	}
	// ConvertStructure's own function, where the compiler put it into its caller.
	typedConstructor = regexp.MustCompile(`^New\w+TypedSetting$`)
	typeArguments    = regexp.MustCompile(`\[[^\]]*\]`)
	unnamed          = regexp.MustCompile(`^(init|glob|func\d+|\d+|)$`)
)

// converterName names the function that converts a value, "" for the ones that belong to the type. A function
// literal has the name of the variable that holds its setting.
func converterName(converter reflect.Value, source declaration) string {
	full := runtime.FuncForPC(converter.Pointer()).Name()
	parts := strings.Split(typeArguments.ReplaceAllString(full[strings.LastIndex(full, "/")+1:], ""), ".")
	name := ""
	for _, part := range parts[1:] {
		if !unnamed.MatchString(part) {
			name = part
		}
	}
	if name == "" {
		return source.variable[strings.LastIndex(source.variable, "/")+1:]
	}
	if standardConverters[name] || typedConstructor.MatchString(name) {
		return ""
	}
	return name
}
