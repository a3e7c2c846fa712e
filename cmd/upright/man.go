//go:build !lean

package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/upright-media/upright/internal/release"
)

type manCmd struct{}

// Run prints the manual page upright(1), which is made of the same model as the help.
func (manCmd) Run(_ context.Context, c *console) error {
	_, err := io.WriteString(c.stdout, manual(c.grammar))
	return err
}

// roff protects text from groff(1).
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

// manual is the page in man(7).
func manual(root *kong.Node) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH UPRIGHT 1 \"\" %s \"User Commands\"\n", `"upright `+roff(release.Version())+`"`)
	b.WriteString(".SH NAME\nupright \\- turn recordings of WebRTC calls into finished videos\n")
	b.WriteString(".SH SYNOPSIS\n.B upright\n.I command\n.RI [ flags ]\n.RI [ arguments ]\n")
	fmt.Fprintf(&b, ".SH DESCRIPTION\n%s\n.PP\nIt also reads folders of Agora's on\\-premise recorder.\n", roff(root.Help))
	b.WriteString(".SH COMMANDS\n")
	flags := func(n *kong.Node) {
		for _, f := range n.Flags {
			fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(flagInManual(f)), roff(f.Help))
		}
	}
	walk(root, "", func(n *kong.Node, path string) {
		if path == "" {
			return
		}
		fmt.Fprintf(&b, ".SS %s\n%s\n", roff("upright "+path+arguments(n)), roff(n.Help))
		if n.Detail != "" {
			fmt.Fprintf(&b, ".PP\n%s\n", roff(n.Detail))
		}
		for _, p := range n.Positional {
			fmt.Fprintf(&b, ".TP\n.I %s\n%s\n", roff(p.Summary()), roff(p.Help))
		}
		flags(n)
	})
	b.WriteString(".SH OPTIONS\n")
	flags(root)
	b.WriteString(".SH EXIT STATUS\n")
	for _, s := range []struct {
		status  int
		meaning string
	}{
		{exitDone, "All is done."},
		{exitFailed, "Something failed."},
		{exitUsage, "The command line or the configuration makes no sense."},
		{exitNoMedia, "It is finished, but there were inputs without media."},
	} {
		fmt.Fprintf(&b, ".TP\n.B %d\n%s\n", s.status, s.meaning)
	}
	b.WriteString(".SH FILES\n.TP\n.I /etc/upright/upright.yaml\nThe configuration of the service.\n")
	b.WriteString(".SH EXAMPLES\n.nf\nupright inspect recordings\nupright convert recordings \\-o videos\n" +
		"upright serve \\-\\-config /etc/upright/upright.yaml\n.fi\n")
	b.WriteString(".SH SEE ALSO\n.BR gst\\-launch\\-1.0 (1)\n.PP\nhttps://github.com/upright\\-media/upright\n")
	return b.String()
}

// arguments are those of a command as its usage has them.
func arguments(n *kong.Node) string {
	s := ""
	for _, p := range n.Positional {
		s += " " + p.Summary()
	}
	return s
}

func flagInManual(f *kong.Flag) string {
	s := ""
	if f.Short != 0 {
		s = "-" + string(f.Short) + ", "
	}
	s += "--" + f.Name
	if !f.IsBool() {
		s += "=" + f.FormatPlaceHolder()
	}
	return s
}
