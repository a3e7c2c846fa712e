package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/upright-media/upright/internal/nearest"
)

// unknownCommand says that the beginning of a command line names a command that does not exist, and which ones do. Of a
// command with a default, such as jobs, kong would complain of that one's arguments.
func unknownCommand(node *kong.Node, args []string) error {
	path := []string{"upright"}
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") || len(node.Children) == 0 {
			return nil
		}
		var names []string
		var next *kong.Node
		for _, child := range node.Children {
			if child.Name == arg {
				next = child
			}
			if !child.Hidden {
				names = append(names, child.Name)
			}
		}
		if next == nil {
			hint := "."
			if near := nearest.Option(arg, names); near != "" {
				hint = fmt.Sprintf(", did you mean %q?", near)
			}
			return fmt.Errorf("%s has no command %q%s It has %s", strings.Join(path, " "), arg, hint,
				strings.Join(names, ", "))
		}
		path, node = append(path, arg), next
	}
	return nil
}
