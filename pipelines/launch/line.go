// Package launch writes pipelines in the language of gst-launch-1.0, for the parser of GStreamer and for a shell.
package launch

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Line is a pipeline in the language of gst-launch-1.0, as a list of words: element names, assignments, exclamation
// marks. A word is escaped for the parser (escape says how) and is one argument when gst-launch-1.0 is called.
type Line []string

// String returns the line for gst_parse_launch.
func (l Line) String() string { return strings.Join(l, " ") }

// Add appends words that need no escaping: a fragment of a line without free text.
func (l Line) Add(fragment string) Line { return append(l, strings.Fields(fragment)...) }

// To links what is there to what comes next.
func (l Line) To(fragment string) Line {
	if len(l) > 0 {
		l = append(l, "!")
	}
	return l.Add(fragment)
}

// Then links what is there to the words of another line.
func (l Line) Then(more Line) Line { return append(append(l, "!"), more...) }

// Read appends a source that is linked to what takes what it gives.
func (l Line) Read(source, chain Line) Line {
	if len(chain) == 0 {
		return append(l, source...)
	}
	return append(l, source...).Then(chain)
}

// Set appends an assignment of any text.
func (l Line) Set(property, value string) Line {
	return append(l, property+"="+escape(value))
}

// SetInt appends an assignment of a number.
func (l Line) SetInt(property string, value int64) Line {
	return append(l, property+"="+strconv.FormatInt(value, 10))
}

// ErrNotUTF8 says that a text cannot be written into a pipeline: GStreamer takes no other strings.
var ErrNotUTF8 = errors.New("is not valid UTF-8, and GStreamer takes no other file names: rename it")

// CheckText says whether a file name can be part of a line.
func CheckText(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("%q %w", s, ErrNotUTF8)
	}
	if strings.ContainsRune(s, 0) {
		return fmt.Errorf("%q contains a zero byte, which no file name can", s)
	}
	return nil
}

// escape writes a string value so that the parser of gst_parse_launch, and behind it gst_value_deserialize, read it
// back unchanged. The parser takes away one backslash in front of any character and ends a value at white space;
// quotation marks only matter to it at the ends of a value.
func escape(s string) string {
	if needsWrap(s) {
		s = wrap(s)
	}
	var b strings.Builder
	for _, c := range s {
		if c == ' ' || c == '"' || c == '\'' || c == '\\' {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// needsWrap tells values that the parser cannot carry as they are: control characters (a line break ends a word even
// behind a backslash), nothing at all, a trailing backslash, and what would be taken for a wrapped string itself.
func needsWrap(s string) bool {
	if s == "" || s[0] == '"' || s[len(s)-1] == '\\' {
		return true
	}
	return strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f })
}

// wrap writes a value as gst_string_wrap does: in quotation marks, all but the harmless as three octal digits.
func wrap(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		c := s[i]
		if harmless(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\%03o`, c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func harmless(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_+/:.", c) >= 0
}

// Shell returns the line as a POSIX shell has to see it behind gst-launch-1.0.
func (l Line) Shell() string {
	words := make([]string, len(l))
	for i, w := range l {
		words[i] = shellQuote(argument(w))
	}
	return strings.Join(words, " ")
}

// argument undoes beforehand what gst-launch-1.0 does to its arguments (gst_parse_launchv): it puts a backslash in
// front of every space that it believes to be outside of double quotes. It takes any quotation mark for the beginning
// of quotes, but one behind a backslash not for their end, and ours all have one: from the first on, nothing is
// escaped.
func argument(word string) string {
	var b strings.Builder
	quotes := false
	for i := 0; i < len(word); i++ {
		if word[i] == '\\' && i+1 < len(word) {
			next := word[i+1]
			if next != ' ' || quotes {
				b.WriteByte('\\')
			}
			if next == '"' {
				quotes = true
			}
			b.WriteByte(next)
			i++
			continue
		}
		b.WriteByte(word[i])
	}
	return b.String()
}

// shellQuote quotes an argument where a POSIX shell would not take it literally. Single quotes also keep an interactive
// bash from taking an exclamation mark for its history.
func shellQuote(s string) string {
	if s == "!" { // alone it means nothing to a shell in the middle of a command
		return s
	}
	plain := func(c rune) bool {
		return c < utf8.RuneSelf && (harmless(byte(c)) || strings.ContainsRune("=,@%", c))
	}
	if s != "" && strings.IndexFunc(s, func(c rune) bool { return !plain(c) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
