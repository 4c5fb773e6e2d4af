// Command reads says, for each dynamic config setting of the server, when the server reads it: only while it starts,
// or also later, so that a change takes effect at once.
//
// It is an analysis of the source of all packages that the server's binary is made of. The rule:
//
//   - A setting's Get returns a function; the server reads the value wherever that function is called. The function is
//     followed through struct fields, variables and parameters of functions whose body is known (flow.go).
//   - A read is "start" if it stands in a function that runs only while the server is put together (startup.go): one
//     that is given to fx, or that only such functions call. It is "live" anywhere else, function literals included.
//   - What runs only below a method Start of some object, or in its sync.Once, is neither: the object may be part of
//     the server, or made later. What waits in a function literal or behind `go` runs later.
//   - Subscribe is a live read.
//   - A setting is "live" if one read is; "start" if all of them are "start" and the function got lost nowhere;
//     "unknown" otherwise, and where it is never read.
//
// Besides, server.py takes the server's own word where the description of a setting says that a restart is needed.
//
// Known limits. A value read live may still be of no use after the start (a cache that is sized once, in a constructor
// that runs per shard or per task queue, is live here: it applies to what is loaded later). A function that gets lost in
// an interface, a map, a return value or a generic container makes a setting unknown, though a look at the
// source would tell. What is read in a loop that the start itself began is live, as it should be.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
)

func main() {
	// The syntax and the types of the whole server stay to the end: nothing is won by looking for garbage often.
	debug.SetGCPercent(800)
	program := load(os.Args[1:]...)
	found := verdicts(program)
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "reads:", err)
	os.Exit(1)
}
