package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/upright-media/upright/internal/files"
)

// pathOption is an option that names a file or a folder.
type pathOption struct {
	key   string
	value *string
	file  bool // a file that is read, and read again when it changes
}

func pathOptions(c *Config) []pathOption {
	all := []pathOption{
		{"state", &c.State, false},
		{"queue.credentials", &c.Queue.Credentials, true},
		{"queue.ca", &c.Queue.CA, true},
		{"queue.certificate", &c.Queue.Certificate, true},
		{"queue.key", &c.Queue.Key, true},
		{"http.token_file", &c.HTTP.TokenFile, true},
	}
	for i := range c.Watch {
		w, key := &c.Watch[i], fmt.Sprintf("watch[%d].", i)
		all = append(all,
			pathOption{key + "folder", &w.Folder, false},
			pathOption{key + "output", &w.Output, false},
			pathOption{key + "sources.move", &w.Sources.Move, false})
		if w.Webhook != nil {
			all = append(all, pathOption{key + "webhook.secret_file", &w.Webhook.SecretFile, true})
		}
		// A command without a slash is looked up in PATH.
		if w.Hook != nil && len(w.Hook.Command) > 0 && strings.Contains(w.Hook.Command[0], "/") {
			all = append(all, pathOption{key + "hook.command[0]", &w.Hook.Command[0], false})
		}
	}
	for name, l := range c.Layouts {
		for i, r := range l {
			for k := range r.Regions {
				if picture := r.Regions[k].Picture(); picture != nil {
					all = append(all, pathOption{fmt.Sprintf("layouts.%s[%d].regions[%d].empty", name, i, k), picture, true})
				}
			}
		}
	}
	return all
}

// absolute makes paths of the file relative to its folder, and those of the environment relative to the working
// directory.
func (d *decoder) absolute(c *Config, dir, cwd string) {
	for _, o := range pathOptions(c) {
		path := *o.value
		if path == "" {
			continue
		}
		if strings.HasPrefix(path, "~") {
			d.broken[o.key] = true
			d.report(d.at(o.key), o.key, fmt.Sprintf("%s: ~ is not expanded", nameOf(o.key)),
				"write the whole path, or ./"+path+" if it is really called so")
			continue
		}
		if strings.Contains(path, "$") {
			d.warn(d.at(o.key), o.key, fmt.Sprintf("%s: variables are not expanded, so %s is a name with a dollar sign",
				nameOf(o.key), quote(path)),
				"the environment variable "+EnvName(withoutIndex(o.key))+" can give the whole value")
		}
		base := dir
		if d.at(o.key).env != "" {
			base = cwd
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(base, path)
		}
		*o.value = filepath.Clean(path)
	}
	for i := range c.Watch {
		w := &c.Watch[i]
		if w.Name == "" && w.Folder != "" {
			w.Name = filepath.Base(w.Folder)
		}
		for j := range w.Compose {
			w.Compose[j].Absolute(dir)
		}
	}
}

// withoutIndex is a key as leaves have it: watch.folder for watch[3].folder.
func withoutIndex(key string) string {
	for {
		from := strings.IndexByte(key, '[')
		to := strings.IndexByte(key, ']')
		if from < 0 || to < from {
			return key
		}
		key = key[:from] + key[to+1:]
	}
}

// realPath is a path without symbolic links, as far as it exists.
func realPath(path string) string {
	rest := ""
	for p := path; ; p = filepath.Dir(p) {
		if real, err := filepath.EvalSymlinks(p); err == nil {
			return filepath.Join(real, rest)
		}
		if p == filepath.Dir(p) {
			return path
		}
		rest = filepath.Join(filepath.Base(p), rest)
	}
}

// lookAround warns of files and folders that are not there. They are no errors: a folder may be mounted later, and
// what the daemon may read need not be what the user who checks the file may.
func (d *decoder) lookAround(c *Config) {
	for i := range c.Watch {
		for j := range c.Watch[i].Compose {
			c.Watch[i].Compose[j].Files(func(option, path string) string {
				if _, err := os.Stat(path); err != nil {
					key := fmt.Sprintf("watch[%d].compose[%d].%s", i, j, option)
					d.warn(d.at(key), key, fmt.Sprintf("cannot look at the file %s: %v", quote(path), files.Reason(err)),
						"rooms cannot be composed without it")
				}
				return path
			})
		}
	}
	for _, o := range pathOptions(c) {
		if *o.value == "" || d.broken[o.key] || !o.file && nameOf(o.key) != "folder" &&
			!strings.HasPrefix(nameOf(o.key), "command") {
			continue
		}
		what, can := "file", "the daemon cannot start, or reload, without it"
		switch nameOf(o.key) {
		case "folder":
			what, can = "folder", "the daemon waits for it"
		case "command[0]":
			what, can = "command", "the hook will fail"
		case "secret_file":
			can = "the webhook will fail"
		case "empty":
			can = "rooms cannot be drawn with this layout"
		}
		info, err := os.Stat(*o.value)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			d.warn(d.at(o.key), o.key, fmt.Sprintf("the %s %s does not exist", what, quote(*o.value)), can)
		case err != nil:
			var p *fs.PathError
			if errors.As(err, &p) {
				err = p.Err
			}
			d.warn(d.at(o.key), o.key, fmt.Sprintf("cannot look at the %s %s: %v", what, quote(*o.value), err), "")
		case info.IsDir() != (what == "folder"):
			d.warn(d.at(o.key), o.key, fmt.Sprintf("%s is no %s", quote(*o.value), what), "")
		case o.file && info.Mode().Perm()&0o007 != 0 && nameOf(o.key) != "ca" && nameOf(o.key) != "certificate":
			d.warn(d.at(o.key), o.key, fmt.Sprintf("everyone may read or write the secret in %s", quote(*o.value)),
				"chmod o= it")
		}
	}
}
