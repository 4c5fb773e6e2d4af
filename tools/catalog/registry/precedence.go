package main

import (
	"fmt"
	"reflect"
	"sort"
	"time"

	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
)

// oneKey is a dynamic config that holds values of a single key.
type oneKey []dynamicconfig.ConstrainedValue

func (values oneKey) GetValue(dynamicconfig.Key) []dynamicconfig.ConstrainedValue { return values }

// constraintSets asks the server which sets of constraints can match, per precedence, the strongest first: a setting
// is given values for every combination of constraints there is, and each winner is taken away in its turn.
func constraintSets() map[string][][]string {
	found := map[string][][]string{}
	for _, generic := range globalRegistry.settings {
		name := precedences[generic.Precedence()]
		if _, known := found[name]; !known && isNumeric(generic) {
			found[name] = winners(generic)
		}
	}
	if len(found) != len(precedences) {
		failf("constraint sets of %d precedences found, expected %d", len(found), len(precedences))
	}
	return found
}

// isNumeric tells whether a setting holds numbers, which tell values apart, and has one default.
func isNumeric(generic dynamicconfig.GenericSetting) bool {
	fields := reflect.ValueOf(generic)
	if !fields.FieldByName("def").IsValid() {
		return false
	}
	held := valueType(fields)
	return held == reflect.TypeFor[int]() || held == reflect.TypeFor[float64]() || held == durationType
}

func winners(generic dynamicconfig.GenericSetting) [][]string {
	get := reflect.ValueOf(generic).MethodByName("Get")
	arguments := askedFor(get.Type().Out(0))
	values := candidates(arguments)
	found := [][]string{}
	for {
		settings := dynamicconfig.NewCollection(oneKey(values), log.NewNoopLogger())
		property := get.Call([]reflect.Value{reflect.ValueOf(settings)})[0]
		winner := indexOfNumber(values, numberOf(property.Call(arguments)[0]))
		if winner < 0 {
			return found
		}
		found = append(found, names(values[winner].Constraints))
		values = append(append([]dynamicconfig.ConstrainedValue{}, values[:winner]...), values[winner+1:]...)
	}
}

// askedFor makes arguments for a property function that differ from each other and from zero.
func askedFor(property reflect.Type) []reflect.Value {
	arguments := make([]reflect.Value, 0, property.NumIn())
	for index := range property.NumIn() {
		argument := reflect.New(property.In(index)).Elem()
		if argument.Kind() == reflect.String {
			argument.SetString(fmt.Sprintf("argument %d", index))
		} else {
			argument.SetInt(int64(index) + 1)
		}
		arguments = append(arguments, argument)
	}
	return arguments
}

// candidates are all constraints that can be made of the arguments, each with a number of its own as its value.
func candidates(arguments []reflect.Value) []dynamicconfig.ConstrainedValue {
	made := []reflect.Value{reflect.New(reflect.TypeFor[dynamicconfig.Constraints]()).Elem()}
	for index := range made[0].NumField() {
		for _, base := range made {
			for _, argument := range arguments {
				if made[0].Field(index).Kind() == argument.Kind() {
					extended := readable(base)
					extended.Field(index).Set(argument.Convert(extended.Field(index).Type()))
					made = append(made, extended)
				}
			}
		}
	}
	values := make([]dynamicconfig.ConstrainedValue, 0, len(made))
	for index, constraints := range made {
		values = append(values, dynamicconfig.ConstrainedValue{
			Constraints: constraints.Interface().(dynamicconfig.Constraints),
			Value:       firstNumber + index,
		})
	}
	return values
}

// firstNumber is beyond every default.
const firstNumber = 1_900_000_000

func indexOfNumber(values []dynamicconfig.ConstrainedValue, number int) int {
	for index, value := range values {
		if value.Value == number {
			return index
		}
	}
	return -1
}

func numberOf(value reflect.Value) int {
	switch {
	case value.Type() == durationType:
		return int(time.Duration(value.Int()) / time.Second)
	case value.CanFloat():
		return int(value.Float())
	default:
		return int(value.Int())
	}
}

func names(constraints dynamicconfig.Constraints) []string {
	found := []string{}
	value := reflect.ValueOf(constraints)
	for index := range value.NumField() {
		if !value.Field(index).IsZero() {
			found = append(found, constraintName(value.Type().Field(index).Name))
		}
	}
	sort.Strings(found)
	return found
}
