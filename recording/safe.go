package recording

import (
	"fmt"
	"hash/fnv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxNameBytes leaves room for a label and an extension within the 255 bytes of a file name.
const maxNameBytes = 120

// safeName makes a text safe as (the beginning of) a file name, keeping it readable: what separates folders, what other
// systems forbid in names, control and invisible characters become "_", and no name begins with a dot (hidden) or a dash
// (an option). The answer may be empty.
func safeName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`/\:*?"<>|`, r), r == utf8.RuneError, unicode.IsControl(r):
			return '_'
		case r == '\u200c' || r == '\u200d': // join letters in Persian and in emoji
			return r
		case unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs):
			return '_'
		case unicode.IsSpace(r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	s = strings.TrimLeft(s, ".- ")
	return strings.TrimRight(s, ". ") // which Windows drops
}

// fit joins a safe name and an ending within limit bytes. What is too long is cut between characters and gets a
// checksum, so that long names that differ at their end stay different.
func fit(name, ending string, limit int) string {
	if len(name)+len(ending) <= limit {
		return name + ending
	}
	sum := fnv.New32a()
	sum.Write([]byte(name))
	ending = fmt.Sprintf("~%08x%s", sum.Sum32(), ending)
	cut := max(0, limit-len(ending))
	for cut > 0 && !utf8.RuneStart(name[cut]) {
		cut--
	}
	return strings.TrimRight(name[:cut], ". ") + ending
}

// cleanText makes a text from a file printable on one line.
func cleanText(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd")))
}
