// Package dynamicconfig stands in for that of the server.
package dynamicconfig

type Collection struct{}

type GlobalTypedSetting[T any] struct{ value T }

type IntSetting = GlobalTypedSetting[int]

func (s GlobalTypedSetting[T]) Get(*Collection) func() T {
	return func() T { return s.value }
}

func (s GlobalTypedSetting[T]) Subscribe(*Collection) func(func(T)) T {
	return func(func(T)) T { return s.value }
}
