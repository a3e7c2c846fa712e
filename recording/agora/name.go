package agora

import (
	"path/filepath"
	"strings"

	"github.com/upright-media/upright/internal/lazy"
)

// kind is what a media file holds by its extension.
type kind int

const (
	sound kind = iota
	picture
)

// extensions are those of media. TS stands for an MP4 until a recording has ended in order (3.0.3 and later).
var extensions = map[string]kind{".aac": sound, ".mp3": sound, ".mp4": picture, ".webm": picture, ".ts": picture}

// mediaName is what the name of a media file says: <user>_<stamp>.<extension>. The outputs of Agora's own scripts and
// snapshots have other names (<user>_<stamp>_av.mp4, <user>_<n>_merge.mp4).
type mediaName struct {
	base, stem, ext string
	uid             string
	at              stamp
}

func parseMediaName(base string) (mediaName, bool) {
	n := mediaName{base: base, ext: filepath.Ext(base)}
	if _, known := extensions[n.ext]; !known {
		return n, false
	}
	n.stem = strings.TrimSuffix(base, n.ext)
	var ok bool
	n.uid, n.at, ok = splitStem(n.stem)
	return n, ok
}

// uidName is what the name of a uid file says: uid_<user>_<stamp>.txt, hidden if it is the recorder's copy.
type uidName struct {
	base   string
	uid    string
	at     stamp
	hidden bool
}

func parseUIDName(base string) (uidName, bool) {
	n := uidName{base: base}
	rest := base
	if strings.HasPrefix(rest, ".uid_") {
		n.hidden, rest = true, rest[1:]
	}
	rest, isUID := strings.CutPrefix(rest, "uid_")
	stem, isText := strings.CutSuffix(rest, ".txt")
	if !isUID || !isText {
		return n, false
	}
	var ok bool
	n.uid, n.at, ok = splitStem(stem)
	return n, ok
}

// splitStem takes <user>_<stamp> apart. A user's account may have underscores, blanks and dots in it.
func splitStem(stem string) (uid string, at stamp, ok bool) {
	i := strings.LastIndexByte(stem, '_')
	if i <= 0 {
		return "", stamp{}, false
	}
	at, ok = parseStamp(stem[i+1:])
	return stem[:i], at, ok
}

// Composite says that a user is not one: the recorder has put everybody's sound and pictures together.
func Composite(uid string) bool { return uid == "0" }

// IsUIDFile says whether a file's name is that of a uid file that a user can see.
func IsUIDFile(base string) bool {
	n, ok := parseUIDName(base)
	return ok && !n.hidden
}

// folderName is the name that the recorder gives to a folder: <channel>_<HHMMSS>, since 2.3.0 <channel>_<HHMMSS>_<9
// digits>.
var folderName = lazy.Regexp(`^(.+)_([0-2]\d[0-5]\d[0-6]\d)(?:_\d{9})?$`)

// channelOf is the channel in the name of a folder, "" if it has another one: a caller may have chosen it.
func channelOf(folder string) string {
	m := folderName().FindStringSubmatch(folder)
	if m == nil {
		return ""
	}
	return m[1]
}

// isDoneMarker says whether a file's name is that of the empty file that the recorder leaves when all has ended in
// order:
// recording2-done.txt; the documentation also has recording2_done.txt.
func isDoneMarker(base string) bool {
	return strings.HasPrefix(base, "recording") && strings.HasSuffix(base, "done.txt")
}
