package main

import (
	"fmt"
	"os"
)

func fail(err error) {
	failf("%v", err)
}

func failf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "registry: "+format+"\n", args...)
	os.Exit(1)
}
