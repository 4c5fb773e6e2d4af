// Package fake stands in for the payment gateway, the warehouse, the carrier and the mailer, until the real ones
// are called. What they were asked to do is in a file of JSON lines, which survives the worker.
package fake

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"syscall"

	"example.com/orders/internal/activities"
)

// Entry is one call. A call that repeats another changed nothing and was answered with the id of the first.
type Entry struct {
	Operation   string `json:"operation"`
	Key         string `json:"key"`
	ID          string `json:"id"`
	Applied     bool   `json:"applied"`
	AmountCents int64  `json:"amount_cents,omitempty"`
	Note        string `json:"note,omitempty"`
}

// Journal is what happened in the world outside. Processes may share its file.
type Journal struct {
	Path string
}

// Do writes down a call that does something. An earlier one with the same operation and key makes it a repetition;
// after one of the operation undo it is refused with activities.ErrUndone.
func (j Journal) Do(call Entry, undo string) (string, error) {
	err := j.write(func(past []Entry) (Entry, error) {
		if _, undone := find(past, undo, call.Key); undone {
			return Entry{}, fmt.Errorf("%s %s: %w", call.Operation, call.Key, activities.ErrUndone)
		}
		first, repeated := find(past, call.Operation, call.Key)
		call.Applied = !repeated
		call.ID = first.ID
		if !repeated {
			call.ID = rand.Text()[:10]
		}
		return call, nil
	})
	return call.ID, err
}

// Undo writes down a call that undoes what was done with the same key. It changes something only if there was
// such a thing, and only once.
func (j Journal) Undo(call Entry, done string) error {
	return j.write(func(past []Entry) (Entry, error) {
		first, found := find(past, done, call.Key)
		_, repeated := find(past, call.Operation, call.Key)
		call.ID = first.ID
		call.Applied = found && !repeated
		return call, nil
	})
}

func find(entries []Entry, operation, key string) (Entry, bool) {
	for _, entry := range entries {
		if entry.Operation == operation && entry.Key == key {
			return entry, true
		}
	}
	return Entry{}, false
}

// Entries returns all calls, the oldest first.
func (j Journal) Entries() ([]Entry, error) {
	file, err := os.Open(j.Path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	defer file.Close()
	return read(file)
}

// write appends what decide makes of the calls so far. No other process comes in between.
func (j Journal) write(decide func(past []Entry) (Entry, error)) (err error) {
	file, err := os.OpenFile(j.Path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open the journal: %w", err)
	}
	// Closing the file gives up the lock; so does the end of the process, whatever ends it.
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("lock the journal: %w", err)
	}
	past, err := read(file)
	if err != nil {
		return err
	}
	entry, err := decide(past)
	if err != nil {
		return err
	}
	return json.NewEncoder(file).Encode(entry)
}

func read(file *os.File) ([]Entry, error) {
	var entries []Entry
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var entry Entry
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			return nil, fmt.Errorf("read line %d of %s: %w", len(entries)+1, file.Name(), err)
		}
		entries = append(entries, entry)
	}
	return entries, lines.Err()
}
