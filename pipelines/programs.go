package pipelines

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/elements/stage"
)

// Programs is what kinds of elements are made of: this program, the plugins that they come from, the libraries that
// these are linked with, and the fonts that text may be drawn in, each with what identifies its build. Where all is the
// same, the same line makes the same pictures. An element that there is not is an error.
func Programs(elements []string) (builds map[string]string, err error) {
	if err := Register(); err != nil {
		return nil, err
	}
	programs := []string{self}
	for _, e := range elements {
		if _, ok := gstrun.Inspect(e); !ok { // this loads it
			return nil, fmt.Errorf("there is no element %s", e)
		}
		if file := gstrun.PluginFile(e); file != "" {
			programs = append(programs, file)
		}
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return nil, err
	}
	builds = map[string]string{"fonts": stage.SystemFonts()}
	for _, file := range programs {
		build, libraries, err := builtFrom(file)
		if err != nil {
			return nil, err
		}
		name := filepath.Base(file)
		if file == self {
			name = "upright"
		}
		builds[name] = build
		for _, lib := range libraries {
			path := mapped(maps, lib)
			if path == "" {
				continue // such as linux-vdso.so.1
			}
			if builds[lib], _, err = builtFrom(path); err != nil {
				return nil, err
			}
		}
	}
	return builds, nil
}

// self is the file of this program.
const self = "/proc/self/exe"

// mapped is the file of a library in proc_pid_maps(5): it has the library's name, or that and more numbers.
func mapped(maps []byte, lib string) string {
	for line := range bytes.Lines(maps) {
		at := bytes.IndexByte(line, '/')
		if at < 0 {
			continue
		}
		path := strings.TrimSpace(string(line[at:]))
		if rest, found := strings.CutPrefix(filepath.Base(path), lib); found && (rest == "" || rest[0] == '.') {
			return path
		}
	}
	return ""
}

// notes are the sections in which linkers say which build a file is from: ours, and that of Go.
var notes = []string{".note.go.buildid", ".note.gnu.build-id"}

// builtFrom says which build a program or a library is, and what it is linked with.
func builtFrom(path string) (build string, libraries []string, err error) {
	f, err := elf.Open(path)
	if err != nil {
		return "", nil, fmt.Errorf("%s cannot be read: %w", path, err)
	}
	defer f.Close()
	if libraries, err = f.ImportedLibraries(); err != nil {
		return "", nil, fmt.Errorf("%s cannot be read: %w", path, err)
	}
	sum := sha256.New()
	known := false
	for _, name := range notes {
		if s := f.Section(name); s != nil {
			if note, err := s.Data(); err == nil {
				known = true
				sum.Write(note)
			}
		}
	}
	if !known {
		content, err := os.Open(path)
		if err != nil {
			return "", nil, err
		}
		defer content.Close()
		if _, err := io.Copy(sum, content); err != nil {
			return "", nil, fmt.Errorf("%s cannot be read: %w", path, err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), libraries, nil
}
