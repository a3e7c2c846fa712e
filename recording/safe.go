package recording

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxNameBytes leaves room for a label and an extension within the 255 bytes of a file name.
const maxNameBytes = 120

// safeName makes a text safe as (the beginning of) a file name, keeping it readable: what separates folders, what other
// systems forbid in names, control and invisible characters become "_", and no name begins with a dot (hidden) or a
// dash (an option). The answer may be empty.
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
	s = strings.TrimRight(s, ". ") // which Windows drops
	if base, _, _ := strings.Cut(s, "."); reserved(base) {
		s = base + "_" + s[len(base):]
	}
	return s
}

// SafeName makes a text from outside, such as an id out of a file's name, safe as one component of a path, of at most
// limit bytes (at least 16; file systems allow 255). It is readable and valid UTF-8; separators of folders, what other
// systems forbid in names, control and invisible characters are "_"; it never begins with a dot (hidden, or the folder
// above) or a dash (an option) and never ends in a dot or space. A text of which nothing is left is "_". What is too
// long is cut, and has a checksum of the whole at its end, so that long texts that differ stay different; give an
// extension its room in limit and append it.
//
// Different texts may have the same safe name ("a/b" and "a:b"), so look whether a name is taken.
func SafeName(s string, limit int) string {
	return cmp.Or(strings.Trim(fit(safeName(s), "", max(limit, 16)), ". "), "_")
}

// reserved says that Windows, and so a file server, takes a name for a device. Its extension does not matter, nor do
// spaces in front of that.
func reserved(base string) bool {
	name := strings.TrimRight(strings.ToUpper(base), " ")
	switch name {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	return len(name) == 4 && (name[:3] == "COM" || name[:3] == "LPT") && name[3] >= '1' && name[3] <= '9'
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
