//go:build !lean

package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	jobs "github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/room"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: ${enum}."`
}

// Run prints what a shell has to know of the command line. It is made of the same model as the help.
func (cmd *completionCmd) Run(_ context.Context, c *console) error {
	write := map[string]func(io.Writer, *kong.Node) error{"bash": bashCompletion, "zsh": zshCompletion,
		"fish": fishCompletion}[cmd.Shell]
	return write(c.stdout, c.grammar)
}

// shown are the commands below one that people are meant to use.
func shown(n *kong.Node) (list []*kong.Node) {
	for _, c := range n.Children {
		if !c.Hidden && c.Type == kong.CommandNode {
			list = append(list, c)
		}
	}
	return list
}

// shownFlags are the flags of a command, that for help included.
func shownFlags(n *kong.Node) (list []*kong.Flag) {
	for _, group := range n.AllFlags(true) {
		list = append(list, group...)
	}
	return list
}

// suggested are values of flags that can have others, too: those that are always there.
var suggested = map[string]func() []string{
	"profile": profile.Builtin,
	"layout":  func() []string { return room.Layouts },
	"encoder": func() []string {
		list := []string{encoders.Auto}
		for _, b := range encoders.Backends {
			list = append(list, string(b))
		}
		for _, codec := range encoders.Codecs {
			for _, e := range encoders.Candidates(codec) {
				list = append(list, e.Element)
			}
		}
		return list
	},
	"state": func() (list []string) {
		for _, state := range jobs.States {
			list = append(list, string(state))
		}
		return list
	},
}

// choices are the values that a flag or an argument can have, or some of them, nil if they cannot be listed.
func choices(v *kong.Value) (list []string) {
	if v.IsBool() {
		return nil
	}
	if f := suggested[v.Name]; f != nil && v.Enum == "" && v.Flag != nil {
		return f()
	}
	for _, name := range strings.Split(v.Enum, ",") {
		if name = strings.TrimSpace(name); name != "" {
			list = append(list, name)
		}
	}
	return list
}

// values are those of what follows a command: the choices of its arguments.
func values(n *kong.Node) (list []string) {
	for _, p := range n.Positional {
		list = append(list, choices(p)...)
	}
	return list
}

// walk calls f with every command and the words that lead to it.
func walk(n *kong.Node, path string, f func(n *kong.Node, path string)) {
	f(n, path)
	for _, c := range shown(n) {
		walk(c, strings.TrimSpace(path+" "+c.Name), f)
	}
}

func names(list []*kong.Node) (names []string) {
	for _, n := range list {
		names = append(names, n.Name)
	}
	return names
}

// bashCompletion writes a function for bash's complete. Where it knows of nothing, bash completes names of files.
func bashCompletion(w io.Writer, root *kong.Node) error {
	var b strings.Builder
	b.WriteString(`# bash completion for upright, made by "upright completion bash"
_upright() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} path= word
    if [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
    if [[ $cur == = ]]; then prev=${COMP_WORDS[COMP_CWORD-1]} cur=; fi
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case "$path $word" in
`)
	var commands []string
	walk(root, "", func(_ *kong.Node, path string) {
		if path != "" {
			commands = append(commands, `" `+path+`"`)
		}
	})
	// The path of the first level begins with nothing, those below with the command's name.
	fmt.Fprintf(&b, "            %s) path=\"$path $word\" ;;\n", strings.Join(commands, " | "))
	b.WriteString("        esac\n    done\n    COMPREPLY=()\n    case \"$path:$prev\" in\n")
	walk(root, "", func(n *kong.Node, path string) {
		for _, f := range n.Flags {
			if list := choices(f.Value); list != nil {
				fmt.Fprintf(&b, "        \"%s:--%s\") COMPREPLY=($(compgen -W %s -- \"$cur\")); return ;;\n", spaced(path), f.Name,
					quoted(strings.Join(list, " ")))
			}
		}
	})
	b.WriteString("    esac\n    case \"$path\" in\n")
	walk(root, "", func(n *kong.Node, path string) {
		var flags []string
		for _, f := range shownFlags(n) {
			flags = append(flags, "--"+f.Name)
		}
		fmt.Fprintf(&b, "        \"%s\") if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W %s -- \"$cur\"))", spaced(path),
			quoted(strings.Join(flags, " ")))
		if words := append(names(shown(n)), values(n)...); len(words) > 0 {
			fmt.Fprintf(&b, "; else COMPREPLY=($(compgen -W %s -- \"$cur\"))", quoted(strings.Join(words, " ")))
		}
		b.WriteString("; fi ;;\n")
	})
	b.WriteString("    esac\n}\ncomplete -o default -F _upright upright\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// spaced is a path of commands as the function puts it together.
func spaced(path string) string {
	if path == "" {
		return ""
	}
	return " " + path
}

// quoted is text as one word of a shell.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// zshCompletion writes a function for zsh, to be put into a folder of fpath as _upright.
func zshCompletion(w io.Writer, root *kong.Node) error {
	var b strings.Builder
	b.WriteString("#compdef upright\n# zsh completion for upright, made by \"upright completion zsh\"\n\n")
	walk(root, "", func(n *kong.Node, path string) {
		fmt.Fprintf(&b, "%s() {\n", zshName(path))
		commands := shown(n)
		if len(commands) > 0 {
			b.WriteString("    local -a commands\n    commands=(\n")
			for _, c := range commands {
				fmt.Fprintf(&b, "        %s\n", quoted(strings.ReplaceAll(c.Name, ":", `\:`)+":"+c.Help))
			}
			b.WriteString("    )\n")
		}
		b.WriteString("    local context state line\n    typeset -A opt_args\n    _arguments -C \\\n")
		for _, f := range shownFlags(n) {
			b.WriteString("        " + zshFlag(f) + " \\\n")
		}
		switch {
		case len(commands) > 0:
			b.WriteString("        '1: :->command' '*:: :->argument'\n    case $state in\n" +
				"    command) _describe command commands ;;\n    argument)\n        case $words[1] in\n")
			for _, c := range commands {
				fmt.Fprintf(&b, "        %s) %s ;;\n", c.Name, zshName(strings.TrimSpace(path+" "+c.Name)))
			}
			b.WriteString("        esac ;;\n    esac\n")
		case len(values(n)) > 0:
			fmt.Fprintf(&b, "        %s\n", quoted("*:value:("+strings.Join(values(n), " ")+")"))
		default:
			b.WriteString("        '*:file:_files'\n")
		}
		b.WriteString("}\n\n")
	})
	b.WriteString("_upright \"$@\"\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func zshName(path string) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.TrimSpace("_upright " + path))
}

// zshFlag is a flag as _arguments reads it.
func zshFlag(f *kong.Flag) string {
	help := strings.NewReplacer("[", "(", "]", ")", ":", `\:`).Replace(f.Help)
	value := ""
	if !f.IsBool() {
		value = ":" + strings.ToLower(strings.Trim(f.FormatPlaceHolder(), `"[].,`)) + ":_files"
		if list := choices(f.Value); list != nil {
			value = ":value:(" + strings.Join(list, " ") + ")"
		}
	}
	if value != "" {
		return quoted("--" + f.Name + "=[" + help + "]" + value)
	}
	return quoted("--" + f.Name + "[" + help + "]")
}

// fishCompletion writes commands for fish.
func fishCompletion(w io.Writer, root *kong.Node) error {
	var b strings.Builder
	b.WriteString("# fish completion for upright, made by \"upright completion fish\"\n")
	walk(root, "", func(n *kong.Node, path string) {
		condition := "__fish_use_subcommand"
		if path != "" {
			condition = "__fish_seen_subcommand_from " + strings.ReplaceAll(path, " ", "; and __fish_seen_subcommand_from ")
		}
		if path != "" && len(shown(n)) > 0 {
			condition += "; and not __fish_seen_subcommand_from " + strings.Join(names(shown(n)), " ")
		}
		for _, c := range shown(n) {
			fmt.Fprintf(&b, "complete -c upright -f -n %s -a %s -d %s\n", quoted(condition), c.Name, quoted(c.Help))
		}
		for _, v := range values(n) {
			fmt.Fprintf(&b, "complete -c upright -f -n %s -a %s\n", quoted(condition), quoted(v))
		}
		for _, f := range shownFlags(n) {
			fmt.Fprintf(&b, "complete -c upright -n %s -l %s", quoted(condition), f.Name)
			if f.Short != 0 {
				fmt.Fprintf(&b, " -s %c", f.Short)
			}
			if list := choices(f.Value); list != nil {
				fmt.Fprintf(&b, " -x -a %s", quoted(strings.Join(list, " ")))
			} else if !f.IsBool() {
				b.WriteString(" -r")
			}
			fmt.Fprintf(&b, " -d %s\n", quoted(f.Help))
		}
	})
	_, err := io.WriteString(w, b.String())
	return err
}
