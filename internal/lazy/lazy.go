// Package lazy puts off work that most runs of a program do without: what a package does when it is initialised, every
// job of a few hundredths of a second pays for.
package lazy

import (
	"regexp"
	"sync"
)

// Regexp is a regular expression that is compiled when it is first asked for. It panics then if it is none.
func Regexp(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
