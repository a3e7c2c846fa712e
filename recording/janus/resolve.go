package janus

import "strings"

// maxBase is the longest base that is looked at, in bytes: no file system has longer names, and the work grows with the
// square of it.
const maxBase = 255

// resolve looks at all names of a folder together, where one name alone does not say which of its words belong to the
// room and which to the user. names are changed in place; their order does not matter.
func resolve(names []*Name) {
	var short []*Name
	for _, n := range names {
		if len(n.Base) <= maxBase {
			short = append(short, n)
		}
	}
	resolveRooms(short)
	resolvePairs(short)
}

// doubtful says that the other names of the folder may have a say in what a name means.
func (n *Name) doubtful() bool {
	return n.Scheme == SchemeVideoCall || len(roomSplits(n.Base)) > 1
}

// resolveRooms splits names with more than one "-user-". Users of one room share it: of the rooms that a name may mean,
// the longest one that another user's name may mean too is the room. Without such a name it stays with the last
// "-user-".
func resolveRooms(names []*Name) {
	isRoom := func(n *Name) bool { return n.Scheme == SchemeVideoRoom || n.Scheme == SchemeAudioBridge }
	ids := func(n *Name) string { return strings.TrimPrefix(n.Base, n.Scheme+"-") }
	seen := map[string]bool{}
	users := map[string]int{} // how many bases may mean this room, with its scheme in front
	for _, n := range names {
		if !isRoom(n) || seen[n.Base] {
			continue
		}
		seen[n.Base] = true
		for _, at := range roomSplits(ids(n)) {
			users[n.Base[:len(n.Scheme)+1+at]]++
		}
	}
	for _, n := range names {
		if !isRoom(n) || !n.doubtful() {
			continue
		}
		splits := roomSplits(ids(n))
		for i := len(splits) - 1; i >= 0; i-- {
			room := n.Base[:len(n.Scheme)+1+splits[i]]
			if users[room] > 1 {
				n.Room, n.User = ids(n)[:splits[i]], ids(n)[splits[i]+len(userWord):]
				break
			}
		}
	}
}

// resolvePairs finds the two halves of a VideoCall, videocall-<user>-<peer> and videocall-<peer>-<user>, which also
// tells where a name with more dashes is to be split. Both get the same room: the name of the half that sorts first.
func resolvePairs(names []*Name) {
	bases := map[string]bool{}
	for _, n := range names {
		if n.Scheme == SchemeVideoCall {
			bases[n.Base] = true
		}
	}
	for _, n := range names {
		if n.Scheme != SchemeVideoCall {
			continue
		}
		ids := strings.TrimPrefix(n.Base, "videocall-")
		for i := 1; i < len(ids)-1; i++ {
			if ids[i] != '-' {
				continue
			}
			user, peer := ids[:i], ids[i+1:]
			if bases["videocall-"+peer+"-"+user] {
				n.User, n.Room = user, min(ids, peer+"-"+user)
				break
			}
		}
	}
}
