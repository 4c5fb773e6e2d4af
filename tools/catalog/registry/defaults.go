package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// defaultValue is what holds without configuration: a value that a file could give, its text for people where the
// value cannot be given in a file, and the values that hold for some constraints only.
type defaultValue struct {
	Value       any                  `json:"value"`
	Text        string               `json:"text,omitempty"`
	Constrained []constrainedDefault `json:"constrained,omitempty"`
}

type constrainedDefault struct {
	Constraints map[string]any `json:"constraints"`
	Value       any            `json:"value"`
}

func defaultOf(fields reflect.Value) defaultValue {
	if def, ok := field(fields, "def"); ok {
		if value, ok := fileValue(def); ok {
			return defaultValue{Value: value}
		}
		return defaultValue{Text: text(def)}
	}
	cdef, _ := field(fields, "cdef")
	found := defaultValue{}
	for index := range cdef.Len() {
		constraints := constraintsOf(cdef.Index(index).FieldByName("Constraints"))
		value, ok := fileValue(cdef.Index(index).FieldByName("Value"))
		if !ok {
			failf("a constrained default that a file could not give: %v", cdef.Index(index))
		}
		if len(constraints) == 0 {
			found.Value = value
		} else {
			found.Constrained = append(found.Constrained, constrainedDefault{constraints, value})
		}
	}
	return found
}

// constraintsOf returns the constraints that are set, by the names of the server's struct.
func constraintsOf(value reflect.Value) map[string]any {
	found := map[string]any{}
	for index := range value.NumField() {
		if set := value.Field(index); !set.IsZero() {
			given, _ := fileValue(set)
			found[constraintName(value.Type().Field(index).Name)] = given
		}
	}
	return found
}

// fileValue returns a value in the form in which a file gives it, false if there is none.
func fileValue(value reflect.Value) (any, bool) {
	if !value.IsValid() {
		return nil, true
	}
	if special, ok := specialValue(value); ok {
		return special, true
	}
	switch value.Kind() {
	case reflect.Bool:
		return value.Bool(), true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return value.Int(), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return value.Uint(), true
	case reflect.Float32:
		return number(value.Float(), 32), true
	case reflect.Float64:
		return number(value.Float(), 64), true
	case reflect.String:
		return value.String(), true
	case reflect.Slice, reflect.Array:
		return listValue(value)
	case reflect.Map:
		return mapValue(value)
	case reflect.Struct:
		return structValue(value)
	case reflect.Pointer, reflect.Interface:
		if value.IsNil() {
			return nil, true
		}
		return fileValue(value.Elem())
	default:
		return nil, value.IsZero()
	}
}

// specialValue handles the types that the server reads from text of their own form.
func specialValue(value reflect.Value) (any, bool) {
	if !value.CanInterface() {
		return nil, false
	}
	switch special := value.Interface().(type) {
	case time.Duration:
		return duration(special), true
	case time.Time:
		return special.Format(time.RFC3339), true
	case protoreflect.Enum:
		if named := special.Descriptor().Values().ByNumber(special.Number()); named != nil {
			return string(named.Name()), true
		}
	}
	if name := value.Type().Name(); strings.HasPrefix(name, "GradualChange[") && value.FieldByName("End").IsZero() {
		return fileValue(value.FieldByName("New"))
	}
	return nil, false
}

// duration is Go's own text without the zero parts: 1m0s is 1m.
func duration(value time.Duration) string {
	said := value.String()
	if strings.HasSuffix(said, "m0s") {
		said = strings.TrimSuffix(said, "0s")
	}
	if strings.HasSuffix(said, "h0m") {
		said = strings.TrimSuffix(said, "0m")
	}
	return said
}

// number keeps the point of a float that is whole.
func number(value float64, bits int) json.RawMessage {
	said := strconv.FormatFloat(value, 'f', -1, bits)
	if !strings.Contains(said, ".") {
		said += ".0"
	}
	return json.RawMessage(said)
}

func listValue(value reflect.Value) (any, bool) {
	list := make([]any, 0, value.Len())
	for index := range value.Len() {
		element, ok := fileValue(value.Index(index))
		if !ok {
			return nil, false
		}
		list = append(list, element)
	}
	return list, true
}

func mapValue(value reflect.Value) (any, bool) {
	found := map[string]any{}
	for _, key := range value.MapKeys() {
		element, ok := fileValue(value.MapIndex(key))
		if !ok {
			return nil, false
		}
		found[fmt.Sprint(key.Interface())] = element
	}
	return found, true
}

// structValue has the fields that a file can give; there is no value if the struct keeps something to itself.
func structValue(value reflect.Value) (any, bool) {
	if !isTransparent(value.Type(), nil) {
		return nil, false
	}
	found := map[string]any{}
	for _, named := range fieldsOf(value.Type()) {
		held := value.FieldByIndex(named.index)
		if !decodable(held.Type()) {
			continue
		}
		given, ok := fileValue(held)
		if !ok {
			return nil, false
		}
		found[named.name] = given
	}
	return found, true
}

// text shows a value that a file cannot give, with the fields that it keeps to itself.
func text(value reflect.Value) string {
	if stringer, ok := value.Interface().(fmt.Stringer); ok {
		return stringer.String()
	}
	for value.Kind() == reflect.Pointer || value.Kind() == reflect.Interface {
		if value.IsNil() {
			return ""
		}
		value = value.Elem()
	}
	if value.Kind() != reflect.Struct {
		return fmt.Sprint(value.Interface())
	}
	fields := readable(value)
	var parts []string
	for index := range fields.NumField() {
		name := fields.Type().Field(index).Name
		if held, _ := field(fields, name); !held.IsZero() {
			parts = append(parts, fmt.Sprintf("%s: %v", name, held.Interface()))
		}
	}
	sort.Strings(parts)
	return "{" + strings.Join(parts, ", ") + "}"
}

// constraintName is the name of a constraint in a file, from that of the field of dynamicconfig.Constraints.
func constraintName(goName string) string {
	switch goName {
	case "TaskQueueType":
		return "taskType"
	case "TaskType":
		return "historyTaskType"
	default:
		return strings.ToLower(goName[:1]) + goName[1:]
	}
}
