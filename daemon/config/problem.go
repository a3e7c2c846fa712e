package config

import (
	"cmp"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/upright-media/upright/internal/human"
)

// Problem is one thing that is wrong with a configuration, or doubtful (Warning).
type Problem struct {
	File    string // "" if it is in an environment variable
	Line    int    // from 1; 0: the whole file
	Column  int    // from 1, in characters; 0: the whole line
	Excerpt string // the line, as far as it can be shown
	Key     string // of the option: watch[0].settle
	Env     string // environment variable that it is in, ""
	Text    string // one sentence, what is wrong
	Hint    string // what to do about it; "" if Text says that
}

// Warning is a Problem that does not keep the daemon from running.
type Warning = Problem

// Where is the file with line and column as compilers write it, or the name of the environment variable.
func (p Problem) Where() string {
	switch {
	case p.Env != "":
		return p.Env
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// Message is the problem in one line, for logs.
func (p Problem) Message() string {
	s := p.Text
	if w := p.Where(); w != "" {
		s = w + ": " + s
	}
	if p.Hint != "" {
		s += "; " + p.Hint
	}
	return s
}

// String is Message and, if there is one, the excerpt with a mark under the place.
func (p Problem) String() string {
	s := p.Message()
	if p.Line == 0 || strings.TrimSpace(p.Excerpt) == "" {
		return s
	}
	text, column := p.excerpt()
	number := fmt.Sprintf("%5d", p.Line)
	s += "\n" + number + " | " + text
	if column > 0 {
		s += "\n" + strings.Repeat(" ", len(number)) + " | " + strings.Repeat(" ", column-1) + "^"
	}
	return s
}

// Of a long line, so much is shown around the place.
const excerptWidth = 100

func (p Problem) excerpt() (text string, column int) {
	runes := []rune(p.Excerpt)
	column = min(p.Column, len(runes)+1)
	if len(runes) <= excerptWidth {
		return string(runes), column
	}
	from := max(0, min(column-excerptWidth/2, len(runes)-excerptWidth))
	to := from + excerptWidth
	text, column = string(runes[from:to]), column-from
	if from > 0 {
		text, column = "…"+text, column+1
	}
	if to < len(runes) {
		text += "…"
	}
	return text, column
}

// Error is everything that is wrong with a configuration.
type Error struct {
	Problems []Problem // in the order of the file
}

// What is shown of many problems, and kept at all.
const (
	maxShown = 50
	maxKept  = 1000
)

func (e *Error) Error() string {
	var lines []string
	for i, p := range e.Problems {
		if i == maxShown {
			lines = append(lines, fmt.Sprintf("… and %d more", len(e.Problems)-i))
			break
		}
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

func sortProblems(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Env, b.Env),
			cmp.Compare(a.Text, b.Text))
	})
}

// secretInURL is a user, password or token in an address, whose scheme may be missing.
var secretInURL = regexp.MustCompile(`://[^/@\s"',]+@|[^/@\s"',:]+:[^/@\s"',]+@`)

// hideSecrets makes user and password in addresses unreadable without moving what is behind them.
func hideSecrets(s string) string {
	return secretInURL.ReplaceAllStringFunc(s, func(m string) string {
		secret, found := strings.CutPrefix(m, "://")
		hidden := strings.Repeat("x", utf8.RuneCountInString(secret)-1) + "@"
		if found {
			return "://" + hidden
		}
		return hidden
	})
}

// printable is a line without what a terminal would take for a command. Every character stays one, so that columns
// hold.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case !unicode.IsPrint(r):
			return '·'
		}
		return r
	}, s)
}

// quote shows a value in a sentence.
func quote(s string) string { return human.Quote(hideSecrets(s)) }

// LogValue is the problem in one line.
func (p Problem) LogValue() slog.Value { return slog.StringValue(p.Message()) }

// LogValue is all problems in one line.
func (e *Error) LogValue() slog.Value {
	var all []string
	for i, p := range e.Problems {
		if i == maxShown {
			all = append(all, fmt.Sprintf("and %d more", len(e.Problems)-i))
			break
		}
		all = append(all, p.Message())
	}
	return slog.StringValue(strings.Join(all, " | "))
}
