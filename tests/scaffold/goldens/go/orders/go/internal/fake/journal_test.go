package fake_test

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"example.com/orders/internal/activities"
	"example.com/orders/internal/fake"
)

func newJournal(t *testing.T) fake.Journal {
	return fake.Journal{Path: filepath.Join(t.TempDir(), "store.jsonl")}
}

func TestOfManyCallsAtOnceOneIsApplied(t *testing.T) {
	journal := newJournal(t)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			_, err := journal.Do(fake.Entry{Operation: fake.Charge, Key: "order-7/payment"}, fake.Refund)
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()

	entries, err := journal.Entries()
	require.NoError(t, err)
	require.Len(t, entries, 20)
	applied := 0
	for _, entry := range entries {
		require.Equal(t, entries[0].ID, entry.ID)
		if entry.Applied {
			applied++
		}
	}
	require.Equal(t, 1, applied)
}

func TestWhatWasUndoneCannotBeDoneAnyMore(t *testing.T) {
	journal := newJournal(t)
	require.NoError(t, journal.Undo(fake.Entry{Operation: fake.Refund, Key: "order-7/payment"}, fake.Charge))

	_, err := journal.Do(fake.Entry{Operation: fake.Charge, Key: "order-7/payment"}, fake.Refund)

	require.ErrorIs(t, err, activities.ErrUndone)
}
