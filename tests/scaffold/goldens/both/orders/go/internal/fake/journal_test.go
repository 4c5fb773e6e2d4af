package fake_test

import (
	"os"
	"path/filepath"
	"strings"
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
	const calls = 20
	journal := newJournal(t)
	// The longer the journal, the longer a call looks at it: without the lock, others would come in between.
	past := strings.Repeat(`{"operation":"mail","key":"order-6/confirmation"}`+"\n", 1000)
	require.NoError(t, os.WriteFile(journal.Path, []byte(past), 0o600))
	var group sync.WaitGroup
	for range calls {
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
	entries = entries[1000:]
	require.Len(t, entries, calls)
	require.True(t, entries[0].Applied)
	for _, entry := range entries[1:] {
		require.False(t, entry.Applied)
		require.Equal(t, entries[0].ID, entry.ID)
	}
}

func TestWhatWasUndoneCannotBeDoneAnyMore(t *testing.T) {
	journal := newJournal(t)
	require.NoError(t, journal.Undo(fake.Entry{Operation: fake.Refund, Key: "order-7/payment"}, fake.Charge))

	_, err := journal.Do(fake.Entry{Operation: fake.Charge, Key: "order-7/payment"}, fake.Refund)

	require.ErrorIs(t, err, activities.ErrUndone)
}
