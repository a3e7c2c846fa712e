package janus

import (
	"path/filepath"
	"strings"
)

const extension = ".mjr"

// notTemporary are extensions behind ".mjr" that people and scripts use for something else than an open recording:
// what was made from it, notes about it, archives and safety copies.
var notTemporary = map[string]bool{
	"json": true, "txt": true, "log": true, "nfo": true, "pcap": true, "srt": true, "vtt": true,
	"mp4": true, "m4a": true, "mkv": true, "mka": true, "webm": true, "opus": true, "ogg": true, "wav": true, "mp3": true,
	"aac": true, "flac": true, "h264": true, "ivf": true, "ts": true, "jpg": true, "png": true,
	"gz": true, "bz2": true, "xz": true, "zst": true, "zip": true, "tar": true, "gpg": true,
	"md5": true, "sha1": true, "sha256": true, "bak": true, "old": true, "orig": true, "swp": true, "lock": true,
}

// IsName reports whether a file of this name is taken for a recording in a folder: "<name>.mjr", or
// "<name>.mjr.<extension>" while Janus is writing it (recordings_tmp_ext in janus.jcfg; any extension that is not known
// to mean something else). Names that begin with a dot are hidden and never taken.
func IsName(base string) bool {
	_, _, ok := splitExtension(base)
	return ok && !strings.HasPrefix(base, ".")
}

// splitExtension cuts ".mjr" or ".mjr.<temporary>" off. ok is false, and stem the whole name, where there is neither.
func splitExtension(base string) (stem string, temporary, ok bool) {
	if n := len(base) - len(extension); n > 0 && strings.EqualFold(base[n:], extension) {
		return base[:n], false, true
	}
	for i := len(base) - len(extension) - 2; i > 0; i-- {
		if base[i+len(extension)] != '.' || !strings.EqualFold(base[i:i+len(extension)], extension) {
			continue
		}
		tail := base[i+len(extension)+1:]
		if notTemporary[strings.ToLower(tail[strings.LastIndexByte(tail, '.')+1:])] {
			break
		}
		return base[:i], true, true
	}
	return base, false, false
}

// stemOf is the name of a file without folder and extension.
func stemOf(path string) string {
	stem, _, _ := splitExtension(filepath.Base(path))
	return stem
}
