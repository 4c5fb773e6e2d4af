package main

import (
	"reflect"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// namedField is a field as mapstructure knows it: its name in a file (in any case) and where it is.
type namedField struct {
	name  string
	index []int
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	timeType     = reflect.TypeFor[time.Time]()
	enumType     = reflect.TypeFor[protoreflect.Enum]()
)

// shapeOf says what a file must hold for a value of type t, as dynamicconfig.ConvertStructure decodes it: the name of
// a kind, or an object with one of list, map, fields, enum, parsed. Types inside themselves are "any".
func shapeOf(t reflect.Type, within []reflect.Type) any {
	for _, outer := range within {
		if outer == t {
			return "any"
		}
	}
	within = append(within, t)
	switch {
	case t == durationType:
		return "duration"
	case t == timeType:
		return "time"
	case t.Implements(enumType) && t.Kind() != reflect.Interface:
		return map[string]any{"enum": enumNames(t)}
	}
	if _, ok := t.MethodByName("DynamicConfigParseHook"); ok {
		return map[string]any{"parsed": t.String(), "of": shapeOfKind(t, within)}
	}
	return shapeOfKind(t, within)
}

func shapeOfKind(t reflect.Type, within []reflect.Type) any {
	switch t.Kind() {
	case reflect.Bool:
		return "bool"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "int"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "uint"
	case reflect.Float32, reflect.Float64:
		return "float"
	case reflect.String:
		return "string"
	case reflect.Pointer:
		return shapeOf(t.Elem(), within)
	case reflect.Slice, reflect.Array:
		return map[string]any{"list": shapeOf(t.Elem(), within)}
	case reflect.Map:
		return map[string]any{"map": shapeOf(t.Elem(), within)}
	case reflect.Struct:
		return map[string]any{"fields": fieldShapes(t, within)}
	case reflect.Interface:
		if t.NumMethod() == 0 {
			return "any"
		}
		return "none"
	default:
		return "none"
	}
}

func fieldShapes(t reflect.Type, within []reflect.Type) map[string]any {
	shapes := map[string]any{}
	for _, named := range fieldsOf(t) {
		shapes[named.name] = shapeOf(t.FieldByIndex(named.index).Type, within)
	}
	return shapes
}

// fieldsOf lists the fields of a struct that mapstructure sets, those of squashed structs included.
func fieldsOf(t reflect.Type) []namedField {
	var found []namedField
	for index := range t.NumField() {
		declared := t.Field(index)
		tag, options, _ := strings.Cut(declared.Tag.Get("mapstructure"), ",")
		if !declared.IsExported() || tag == "-" {
			continue
		}
		if strings.Contains(options, "squash") && declared.Type.Kind() == reflect.Struct {
			for _, inner := range fieldsOf(declared.Type) {
				found = append(found, namedField{inner.name, append([]int{index}, inner.index...)})
			}
			continue
		}
		if tag == "" {
			tag = declared.Name
		}
		found = append(found, namedField{tag, []int{index}})
	}
	return found
}

// isTransparent tells whether a value of type t is made of what a file can show: no field is kept from others.
func isTransparent(t reflect.Type, within []reflect.Type) bool {
	if t == timeType || t.Kind() == reflect.Func {
		return true
	}
	for _, outer := range within {
		if outer == t {
			return true
		}
	}
	within = append(within, t)
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return isTransparent(t.Elem(), within)
	case reflect.Interface:
		return len(within) > 1
	case reflect.Struct:
		for index := range t.NumField() {
			declared := t.Field(index)
			if !declared.IsExported() || !isTransparent(declared.Type, within) {
				return false
			}
		}
	}
	return true
}

// decodable tells whether a file can give a value of type t at all.
func decodable(t reflect.Type) bool {
	return shapeOf(t, nil) != "none"
}

func enumNames(t reflect.Type) []string {
	values := reflect.New(t).Interface().(protoreflect.Enum).Descriptor().Values()
	names := make([]string, 0, values.Len())
	for index := range values.Len() {
		names = append(names, string(values.Get(index).Name()))
	}
	return names
}
