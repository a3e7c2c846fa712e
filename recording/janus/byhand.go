package janus

import (
	"maps"
	"slices"

	"github.com/upright-media/upright/recording"
)

// joinByHand puts files together that the user has given one by one and whose names do not say what they belong to:
// "audio.mjr video.mjr", "mic.mjr cam.mjr", two of janus-recording-<number>. It changes nothing where the names do say
// it, and nothing that would leave a medium out: two microphones are two people.
func joinByHand(all []*room) []*room {
	var loose []*item
	var clear []*room
	all = joinFolders(all)
	for _, r := range all {
		if r.isLoose() {
			loose = append(loose, r.items[0])
		} else {
			clear = append(clear, r)
		}
	}
	switch {
	case len(clear) == 0 && len(loose) > 1 && oneSource(loose):
		hand := &room{key: callKey{scheme: schemeHand}, items: loose, pauses: pauses{within: maxPause}}
		for _, it := range loose {
			it.byHand = true
		}
		slices.SortFunc(hand.items, byStart)
		return []*room{hand}
	case len(clear) == 1 && len(loose) > 0 && clear[0].lacks(loose):
		r := clear[0]
		for _, it := range loose {
			it.like = r.items[0]
		}
		r.items = append(r.items, loose...) // behind: the first item names the room
		r.pauses.within = maxPause
		return clear
	}
	return all
}

// joinFolders joins what the user has given of one room from several folders, as long as the folders hold different
// media or people: somebody has sorted audio and video apart. Otherwise they are copies, or names that were used again.
func joinFolders(all []*room) []*room {
	type track struct {
		person string
		slot   slot
	}
	tracks := map[*room]map[track]bool{}
	byRoom := map[callKey]*room{}
	var joined []*room
	for _, r := range all {
		mine := map[track]bool{}
		for _, it := range r.items {
			mine[track{it.person(), it.slot()}] = true
		}
		key := callKey{scheme: r.key.scheme, room: r.key.room}
		other := byRoom[key]
		both := false
		for t := range tracks[other] {
			both = both || mine[t]
		}
		if other == nil || both {
			tracks[r], byRoom[key] = mine, r
			joined = append(joined, r)
			continue
		}
		maps.Copy(tracks[other], mine)
		other.items = append(other.items, r.items...)
		slices.SortFunc(other.items, byStart)
	}
	return joined
}

// isLoose says that nothing but the files that the user gave with it says what the room's only file belongs to.
func (r *room) isLoose() bool {
	n := r.items[0].Name
	return len(r.items) == 1 && (r.key.scheme == SchemeCustom || r.key.scheme == SchemeStreaming) && n.Side == ""
}

// oneSource says whether files can be the media of one person. Two videos can, camera and screen, unless both names end
// in "-video" and so differ in what is in front of it.
func oneSource(items []*item) bool {
	count, named := map[recording.Medium]int{}, 0
	for _, it := range items {
		count[it.Medium]++
		if it.Name.Medium == recording.Video {
			named++
		}
	}
	return count[recording.Audio] <= 1 && count[recording.Data] <= 1 && named <= 1
}

// lacks says whether the room is one person's and has none of these files' media yet.
func (r *room) lacks(items []*item) bool {
	have := map[recording.Medium]bool{}
	for _, it := range r.items {
		if it.person() != r.items[0].person() {
			return false
		}
		have[it.Medium] = true
	}
	for _, it := range items {
		if have[it.Medium] || it.Medium == "" {
			return false
		}
	}
	return oneSource(items)
}
