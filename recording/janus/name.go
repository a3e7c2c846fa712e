package janus

import (
	"strconv"
	"strings"

	"github.com/upright-media/upright/recording"
)

// Schemes of file names (Name.Scheme). docs/recordings.md shows an example of each.
const (
	SchemeVideoRoom   = "videoroom"
	SchemeEchoTest    = "echotest"
	SchemeVideoCall   = "videocall"
	SchemeRecordPlay  = "recordplay"
	SchemeAudioBridge = "audiobridge"
	SchemeSIP         = "sip"
	SchemeNoSIP       = "nosip"
	SchemeStreaming   = "streaming"
	SchemeCustom      = "custom"
)

// Sides of a call (Name.Side).
const (
	SideUser = "user"
	SidePeer = "peer"
)

// Name is what a file name says (docs/recordings.md lists the schemes).
type Name struct {
	Scheme  string // videoroom, echotest, videocall, recordplay, audiobridge, sip, nosip, streaming, custom
	Room    string
	User    string
	Side    string // user or peer (own counts as user), SIP, NoSIP and VideoCall
	Base    string // what the files of one recorder session share, without time stamp, medium and index
	StampUs int64  // µs since the Unix epoch, 0 if the name has none
	Medium  recording.Medium
	MIndex  int // SDP m-line index, -1 if absent
}

// minStampDigits tells a time stamp from a short number at the end of an id. Janus writes µs since the Unix epoch: 16
// digits today, at least 10 on a host whose clock starts in 1970.
const minStampDigits = 10

// ParseName reads what Janus, or whoever chose the name, has put into a file name. base is a name without folder;
// ".mjr" and a temporary extension behind it are cut off first. Every name has an answer: what fits no scheme of Janus
// is SchemeCustom with the whole name as Base.
//
// Names are read from the right, because room and user ids may hold dashes and the words user, audio and video. Where a
// VideoRoom or AudioBridge name holds "-user-" more than once it is split at the last one; Find and Siblings look at
// the other names of the folder to find the better place.
func ParseName(base string) Name {
	stem, _, _ := splitExtension(base)
	n := Name{Scheme: SchemeCustom, MIndex: -1}
	rest := stem
	if r, medium, index, ok := cutMedium(stem); ok {
		rest, n.Medium, n.MIndex = r, medium, index
	}
	switch {
	case n.MIndex < 0 && n.Medium != "" && parseCall(&n, rest):
	case n.Medium != "" && parseRoom(&n, rest):
	case n.Medium != "" && parseOther(&n, rest):
	case n.Medium == "" && isStreaming(stem):
		n.Scheme, n.Base = SchemeStreaming, stem
	default:
		n.Base = rest
	}
	return n
}

// parseRoom reads videoroom-<room>-user-<id>[-<µs>] and audiobridge-<room>-user-<id>[-<µs>].
func parseRoom(n *Name, rest string) bool {
	for _, scheme := range []string{SchemeVideoRoom, SchemeAudioBridge} {
		ids, ok := strings.CutPrefix(rest, scheme+"-")
		if !ok {
			continue
		}
		// A user id is often a 16-digit number itself: where nothing would be left of the id, the number is the id.
		if r, stamp, ok := cutStamp(ids); ok {
			if room, user, ok := splitRoom(r); ok {
				n.Scheme, n.Room, n.User, n.Base, n.StampUs = scheme, room, user, scheme+"-"+r, stamp
				return true
			}
		}
		if room, user, ok := splitRoom(ids); ok {
			n.Scheme, n.Room, n.User, n.Base = scheme, room, user, rest
			return true
		}
	}
	return false
}

// parseCall reads the names that say whose side of a call is recorded: sip-<user>-<transaction>-<µs>-own,
// nosip-<pointer>-<µs>-own, and <base>-user for a base that a client chose.
func parseCall(n *Name, rest string) bool {
	word := rest[strings.LastIndexByte(rest, '-')+1:]
	call := strings.TrimSuffix(strings.TrimSuffix(rest, word), "-")
	if word != "own" && word != SideUser && word != SidePeer {
		return false
	}
	side := word
	if side == "own" {
		side = SideUser
	}
	if r, stamp, ok := cutStamp(call); ok {
		if ids, ok := strings.CutPrefix(r, "sip-"); ok && ids != "" {
			user := ids
			if i := strings.LastIndexByte(ids, '-'); i > 0 { // the transaction is one word, the user name may not be
				user = ids[:i]
			}
			n.Scheme, n.User, n.Side, n.Base, n.StampUs = SchemeSIP, user, side, r, stamp
			return true
		}
		if pointer, ok := strings.CutPrefix(r, "nosip-"); ok && pointer != "" {
			n.Scheme, n.User, n.Side, n.Base, n.StampUs = SchemeNoSIP, pointer, side, r, stamp
			return true
		}
	}
	if word == "own" { // with a base of the client's choice Janus writes user, never own
		return false
	}
	n.Side, n.Base = side, call
	return true
}

// parseOther reads echotest-<pointer>-<µs>, videocall-<user>-<peer>-<µs> and rec-<id>.
func parseOther(n *Name, rest string) bool {
	if r, stamp, ok := cutStamp(rest); ok {
		if pointer, ok := strings.CutPrefix(r, "echotest-"); ok && pointer != "" {
			n.Scheme, n.User, n.Base, n.StampUs = SchemeEchoTest, pointer, r, stamp
			return true
		}
		if ids, ok := strings.CutPrefix(r, "videocall-"); ok {
			if user, _, ok := splitPair(ids); ok {
				n.Scheme, n.Room, n.User, n.Base, n.StampUs = SchemeVideoCall, ids, user, r, stamp
				return true
			}
		}
	}
	// Record&Play writes no m-line index.
	if id, ok := strings.CutPrefix(rest, "rec-"); ok && id != "" && n.MIndex < 0 {
		n.Scheme, n.Base = SchemeRecordPlay, rest
		return true
	}
	return false
}

// isStreaming recognises the name that Janus invents where it was given none, which only Streaming does.
func isStreaming(stem string) bool {
	number, ok := strings.CutPrefix(stem, "janus-recording-")
	return ok && isDigits(number)
}

// cutMedium cuts "-<medium>" or "-<medium>-<m-line index>" off. A name may be nothing but the medium: audio.mjr.
func cutMedium(stem string) (rest string, medium recording.Medium, index int, ok bool) {
	rest, word := cutWord(stem)
	index = -1
	if i, err := strconv.Atoi(word); err == nil && len(word) <= 3 && isDigits(word) && rest != "" {
		index = i
		rest, word = cutWord(rest)
	}
	switch word {
	case "audio":
		return rest, recording.Audio, index, true
	case "video":
		return rest, recording.Video, index, true
	case "data":
		return rest, recording.Data, index, true
	}
	return stem, "", -1, false
}

// cutWord cuts the last word and the dash before it off.
func cutWord(s string) (rest, word string) {
	i := strings.LastIndexByte(s, '-')
	if i < 0 {
		return "", s
	}
	return s[:i], s[i+1:]
}

// cutStamp cuts "-<µs>" off.
func cutStamp(s string) (rest string, us int64, ok bool) {
	rest, word := cutWord(s)
	if rest == "" || len(word) < minStampDigits || !isDigits(word) {
		return s, 0, false
	}
	us, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		return s, 0, false
	}
	return rest, us, true
}

const userWord = "-user-"

// splitRoom splits "<room>-user-<id>" at the last "-user-" that leaves a room. An id may be the empty string.
func splitRoom(ids string) (room, user string, ok bool) {
	splits := roomSplits(ids)
	if len(splits) == 0 {
		return "", "", false
	}
	i := splits[len(splits)-1]
	return ids[:i], ids[i+len(userWord):], true
}

// roomSplits returns every place where "<room>-user-<id>" can be split, from the left.
func roomSplits(ids string) []int {
	var splits []int
	for i := 1; i+len(userWord) <= len(ids); i++ {
		if ids[i] == '-' && ids[i:i+len(userWord)] == userWord {
			splits = append(splits, i)
		}
	}
	return splits
}

// splitPair splits "<user>-<peer>" at the first dash, or before "-unknown", which Janus writes while there is no peer.
func splitPair(ids string) (user, peer string, ok bool) {
	if user, ok := strings.CutSuffix(ids, "-unknown"); ok && user != "" {
		return user, "unknown", true
	}
	if len(ids) < 3 {
		return "", "", false
	}
	i := strings.IndexByte(ids[1:], '-') + 1
	if i < 1 || i == len(ids)-1 {
		return "", "", false
	}
	return ids[:i], ids[i+1:], true
}

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
