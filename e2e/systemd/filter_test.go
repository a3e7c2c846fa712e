package systemd

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"

	"github.com/upright-media/upright/internal/e2e"
)

// directives are the settings of the unit's [Service] section, in order, as systemd.exec(5) names them.
func directives() (map[string][]string, error) {
	text, err := os.ReadFile(filepath.Join(e2e.Root(), "scripts/systemd/upright.service"))
	if err != nil {
		return nil, err
	}
	section, all := "", map[string][]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = line
		}
		key, value, ok := strings.Cut(line, "=")
		if ok && section == "[Service]" && !strings.HasPrefix(line, "#") {
			all[key] = append(all[key], value)
		}
	}
	return all, nil
}

// group is what systemd calls a set of system calls such as @system-service, with the sets in it resolved.
func group(name string) ([]string, error) {
	text, err := exec.Command("systemd-analyze", "syscall-filter", name).Output()
	if err != nil {
		return nil, fmt.Errorf("systemd-analyze syscall-filter %s: %w", name, err)
	}
	var calls []string
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		word := strings.TrimSpace(lines.Text())
		switch {
		case word == "" || word == name || strings.HasPrefix(word, "#"):
		case strings.HasPrefix(word, "@"):
			inner, err := group(word)
			if err != nil {
				return nil, err
			}
			calls = append(calls, inner...)
		default:
			calls = append(calls, word)
		}
	}
	return calls, lines.Err()
}

// allowed are the system calls that the unit's SystemCallFilter= lines leave, by the rules of systemd.exec(5): the
// first line makes it a list of what is allowed, "~" takes away, and what starting and ending a program takes
// (@default) is always there.
func allowed(lines []string) ([]string, error) {
	calls := map[string]bool{}
	for _, line := range append([]string{"@default"}, lines...) {
		rest, remove := strings.CutPrefix(line, "~")
		for _, word := range strings.Fields(rest) {
			names := []string{word}
			if strings.HasPrefix(word, "@") {
				var err error
				if names, err = group(word); err != nil {
					return nil, err
				}
			}
			for _, name := range names {
				calls[name] = !remove
			}
		}
	}
	info, err := arch.GetInfo("")
	if err != nil {
		return nil, err
	}
	var list []string
	for name, ok := range calls {
		if _, exists := info.SyscallNames[name]; ok && exists { // systemd knows names of other architectures, too
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list, nil
}

// denial is what becomes of a call that is not allowed.
func denial(unit map[string][]string) (seccomp.Action, error) {
	number := unit["SystemCallErrorNumber"]
	if len(number) == 0 {
		return seccomp.ActionKillProcess, nil
	}
	if last := number[len(number)-1]; last != "EPERM" {
		return 0, fmt.Errorf("the test knows SystemCallErrorNumber=EPERM, and the unit says %s", last)
	}
	return seccomp.ActionErrno, nil // the library makes it EPERM
}

// confine puts this process, and all that it starts, under the unit's filter.
func confine() error {
	unit, err := directives()
	if err != nil {
		return err
	}
	names, err := allowed(unit["SystemCallFilter"])
	if err != nil {
		return err
	}
	action, err := denial(unit)
	if err != nil {
		return err
	}
	return seccomp.LoadFilter(seccomp.Filter{
		NoNewPrivs: true,
		Flag:       seccomp.FilterFlagTSync,
		Policy: seccomp.Policy{
			DefaultAction: action,
			Syscalls:      []seccomp.SyscallGroup{{Names: names, Action: seccomp.ActionAllow}},
		},
	})
}
