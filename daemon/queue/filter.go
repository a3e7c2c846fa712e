package queue

import (
	"cmp"
	"strings"
	"time"

	"github.com/upright-media/upright/daemon/job"
)

// test is what a filter asks of an entry, but for its state.
func (f Filter) test() func(*entry) bool {
	text, user, warning := strings.ToLower(f.Text), strings.ToLower(f.User), " "+f.Warning+" "
	from, until := nanos(f.From), nanos(f.Until)
	return func(e *entry) bool {
		switch {
		case f.Watch != "" && e.watch.Value() != f.Watch, user != "" && e.user.Value() != user:
			return false
		case f.Kind != "" && e.room != (f.Kind == job.KindRoom):
			return false
		case from != 0 && e.start < from, until != 0 && e.start >= until:
			return false
		case f.Warning == AnyWarning && strings.TrimSpace(e.warnings.Value()) == "":
			return false
		case f.Warning != "" && f.Warning != AnyWarning && !strings.Contains(e.warnings.Value(), warning):
			return false
		}
		return text == "" || strings.Contains(e.text, text) || strings.Contains(e.folder.Value(), text)
	}
}

// nanos is a time in ns since the Unix epoch, 0 for none.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// compare is how an order compares entries; what is equal to it is in the order of Newest.
func (s Sort) compare() func(a, b *entry) int {
	switch s {
	case Oldest:
		return func(a, b *entry) int { return cmp.Compare(a.submitted, b.submitted) }
	case Recorded:
		return func(a, b *entry) int { return cmp.Compare(b.start, a.start) }
	case Longest:
		return func(a, b *entry) int { return cmp.Compare(b.media, a.media) }
	}
	return func(a, b *entry) int { return 0 }
}
