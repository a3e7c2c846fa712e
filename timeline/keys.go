package timeline

import "time"

// Keys are the times of the units to which a track can be sought, in order: those at which decoding begins, a second
// apart at least. There are none of a track that its source has brought along: see Given.Keys.
func (tl *Timeline) Keys(t *Track) (list []time.Duration) {
	for _, part := range t.Files() {
		for _, k := range part.index {
			list = append(list, tl.at(part, mark{k.at.seq, k.ts}))
		}
	}
	return list
}
