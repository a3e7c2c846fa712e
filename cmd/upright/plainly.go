package main

import (
	"errors"
	"regexp"
	"strings"
)

// misread are what kong says of a command line, with what people say.
var misread = []struct {
	kong, says string // kong: a regular expression, compiled when it is needed
}{
	{`^(--[\w-]+): expected \S+ value but got "EOL" .*`, `$1 needs a value`},
	{`^(--[\w-]+): expected \S+ value but got "(-.*?)" \(.*`,
		`$1 needs a value, and $2 looks like a flag; if it is the value, write $1=$2`},
	{`^(--[\w-]+): expected duration but got ("[^"]*").*`,
		`$1: $2 is no length of time such as 30s, 5m or 1h30m`},
	{`^(--[\w-]+): expected a valid \d+ bit int but got (".*")$`, `$1: $2 is no whole number`},
	{`^expected "(<[\w-]+>).*"$`, `$1 is missing`},
	{`^expected "(\w+)"$`, `a command is missing: $1`},
	{`^missing flags: `, `missing: `},
}

// oneOf is what kong says of a value that is none of a flag's.
const oneOf = `^(\S+?)(?:=.*)? must be one of (.*) but got (".*")$`

// plainly is err in words for people who did not write the program, if kong says it in others.
func plainly(err error) error {
	text := err.Error()
	if m := regexp.MustCompile(oneOf).FindStringSubmatch(text); m != nil {
		return errors.New(m[1] + ": " + m[3] + " is none of " +
			strings.NewReplacer(`"",`, "", `"`, "", ",", ", ").Replace(m[2]))
	}
	for _, r := range misread {
		if kong := regexp.MustCompile(r.kong); kong.MatchString(text) {
			return errors.New(kong.ReplaceAllString(text, r.says))
		}
	}
	return err
}
