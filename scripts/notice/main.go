// Command notice writes into NOTICE which Go modules are linked into Upright and under which licences, as their own
// licence files say. Its test fails if NOTICE is not what it writes.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const (
	begin = "-- Go modules, written by `make notice` --\n"
	end   = "-- end of Go modules --\n"
)

func main() {
	if err := run("NOTICE"); err != nil {
		fmt.Fprintln(os.Stderr, "notice:", err)
		os.Exit(1)
	}
}

func run(file string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	list, err := modules()
	if err != nil {
		return err
	}
	text, err := replaced(string(old), list)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o644)
}

// module is one that is linked.
type module struct {
	path, version string
	licences      []string // SPDX identifiers
}

// modules are those that are linked into the program and the plugin, without this one.
func modules() ([]module, error) {
	cmd := exec.Command("go", "list", "-deps", "-f",
		"{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", "./cmd/upright",
		"./cmd/gstupright")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1") // what is built, whatever tests are built with
	var failed bytes.Buffer
	cmd.Stderr = &failed
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, failed.String())
	}
	lines := strings.Fields(strings.ReplaceAll(string(out), "\t", "|"))
	slices.Sort(lines)
	var list []module
	for _, line := range slices.Compact(lines) {
		parts := strings.Split(line, "|")
		if len(parts) != 3 {
			return nil, fmt.Errorf("go list said %q", line)
		}
		found, err := licences(parts[2])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", parts[0], err)
		}
		list = append(list, module{parts[0], parts[1], found})
	}
	return list, nil
}

// licences reads the licence files in a module's folder.
func licences(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		if e.IsDir() || !strings.HasPrefix(name, "LICEN") && !strings.HasPrefix(name, "COPYING") &&
			!strings.HasPrefix(name, "UNLICENSE") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		found = append(found, recognise(string(text))...)
	}
	slices.Sort(found)
	if found = slices.Compact(found); len(found) == 0 {
		return nil, fmt.Errorf("no licence in %s is known: look at it, and teach this program", dir)
	}
	return found, nil
}

// known are sentences that are in one licence only.
var known = []struct{ id, sentence string }{
	{"Apache-2.0", "apache license version 2.0"},
	{"MIT", "permission is hereby granted, free of charge, to any person obtaining a copy"},
	{"ISC", "permission to use, copy, modify, and/or distribute this software for any purpose with or without fee"},
	{"ISC", "permission to use, copy, modify, and distribute this software for any purpose with or without fee"},
	{"LGPL-2.1", "gnu lesser general public license version 2.1"},
	{"LGPL-3.0", "gnu lesser general public license version 3"},
	{"MPL-2.0", "mozilla public license version 2.0"},
	{"MPL-2.0", "mozilla public license, version 2.0"},
	{"Unlicense", "this is free and unencumbered software released into the public domain"},
	{"CC-BY-4.0", "creative commons attribution 4.0 international"},
	{"CC0-1.0", "cc0 1.0 universal"},
	{"FTL", "the freetype project license"},
	{"FTL", "freetype license"},
	{"OFL-1.1", "sil open font license"},
	{"Zlib", "this software is provided 'as-is', without any express or implied warranty"},
}

const bsd = "redistribution and use in source and binary forms, with or without modification, are permitted"

func recognise(text string) (ids []string) {
	plain := strings.Join(strings.Fields(strings.ToLower(text)), " ")
	plain = strings.NewReplacer("version 2.0, january", "version 2.0 january", "license, version",
		"license version").Replace(plain)
	for _, k := range known {
		if strings.Contains(plain, strings.ReplaceAll(k.sentence, "license, version", "license version")) {
			ids = append(ids, k.id)
		}
	}
	if strings.Contains(plain, bsd) {
		id := "BSD-2-Clause"
		if strings.Contains(plain, "endorse or promote products") {
			id = "BSD-3-Clause"
		}
		ids = append(ids, id)
	}
	return ids
}

// replaced is the text of NOTICE with another list of modules.
func replaced(old string, list []module) (string, error) {
	head, rest, ok := strings.Cut(old, begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return "", fmt.Errorf("NOTICE has no lines %q and %q", strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	var b strings.Builder
	b.WriteString(head + begin + "\n")
	for _, m := range list {
		fmt.Fprintf(&b, "  %-70s %s\n", m.path+" "+m.version, strings.Join(m.licences, ", "))
	}
	b.WriteString("\n" + end + tail)
	return b.String(), nil
}
