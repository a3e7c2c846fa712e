package house

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	module = "github.com/upright-media/upright"
	root   = "../.."
)

// pure are the packages that build without cgo, their tests too, by their paths or the beginnings of those ("daemon/").
var pure = []string{
	"mjr", "rtpview", "cvo", "codec", "timeline", "options", "room", "recording/", "recording",
	"pipelines/plan", "pipelines/report", "pipelines/profile", "pipelines/encoders", "pipelines/launch", "pipelines/plan",
	"pipelines/inspect", "daemon/", "daemon",
	"internal/files", "internal/human", "internal/partfile", "internal/process",
}

// floor is a line of the map: folders that stand side by side.
type floor struct {
	paths []string
}

// readMap reads the map: the indented lines below a heading, in each of them the folders, behind three spaces what they
// are. A folder that is indented further lies in the one above.
func readMap(text, heading string) ([]floor, error) {
	_, below, found := strings.Cut(text, heading+"\n")
	if !found {
		return nil, fmt.Errorf("there is no heading %q", heading)
	}
	var floors []floor
	above := ""
	lines := bufio.NewScanner(strings.NewReader(below))
	for lines.Scan() {
		line, indented := strings.CutPrefix(lines.Text(), "    ")
		switch {
		case line == "":
			continue
		case !indented && len(floors) > 0:
			return floors, nil
		case !indented:
			continue
		}
		names, _, _ := strings.Cut(strings.TrimLeft(line, " "), "   ")
		var f floor
		for _, name := range strings.Fields(names) {
			path := strings.TrimSuffix(name, "/")
			if strings.HasPrefix(line, " ") {
				path = above + "/" + path
			}
			f.paths = append(f.paths, path)
		}
		if !strings.HasPrefix(line, " ") {
			above = f.paths[0]
		}
		floors = append(floors, f)
	}
	return floors, nil
}

// within says whether a path is one of a folder's, or the folder's own.
func within(path, folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }

// place finds the folder of the map in which a package lies, the innermost of several, and its floor; -1 if there is
// none.
func place(floors []floor, pkg string) (number int, folder string) {
	number = -1
	for i, f := range floors {
		for _, path := range f.paths {
			if within(pkg, path) && len(path) > len(folder) {
				number, folder = i, path
			}
		}
	}
	return number, folder
}

// wrongArrows are the imports that go up, or sideways. uses has for each package those of this module that it imports.
func wrongArrows(floors []floor, uses map[string][]string) (wrong []string) {
	for pkg, imported := range uses {
		from, folder := place(floors, pkg)
		if from < 0 {
			wrong = append(wrong, pkg+" is not on the map")
			continue
		}
		for _, other := range imported {
			to, into := place(floors, other)
			if to >= 0 && (to < from || to == from && into != folder) {
				wrong = append(wrong, fmt.Sprintf("%s imports %s, which stands above or beside it", pkg, other))
			}
		}
	}
	slices.Sort(wrong)
	return wrong
}

// emptyFolders are those on the map in which there is nothing.
func emptyFolders(floors []floor, exists func(path string) bool) (empty []string) {
	for _, f := range floors {
		for _, path := range f.paths {
			if !exists(path) {
				empty = append(empty, path+" is on the map, and not in the tree")
			}
		}
	}
	return empty
}

// listed is what `go list` says of a package.
type listed struct {
	ImportPath string
	Standard   bool
	ForTest    string
	CgoFiles   []string
	Imports    []string
	Deps       []string
}

// list asks about packages, with cgo whether or not it is there: nothing is compiled.
func list(t *testing.T, args ...string) []listed {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Standard,ForTest,CgoFiles,Imports,Deps"},
		args...)...)
	cmd.Dir, cmd.Env, cmd.Stderr = root, append(os.Environ(), "CGO_ENABLED=1"), os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var all []listed
	for d := json.NewDecoder(out); ; {
		var l listed
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			break
		} else {
			require.NoError(t, err)
		}
		all = append(all, l)
	}
	require.NoError(t, cmd.Wait())
	return all
}

// short is a package's path in this module, "." for its root.
func short(importPath string) (string, bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

func theMap(t *testing.T) []floor {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	require.NoError(t, err)
	floors, err := readMap(string(text), "## How the house is built")
	require.NoError(t, err)
	require.Greater(t, len(floors), 10)
	return floors
}

func TestArrowsPointDown(t *testing.T) {
	floors := theMap(t)
	uses := map[string][]string{}
	for _, l := range list(t, "./...") {
		pkg, _ := short(l.ImportPath)
		uses[pkg] = nil
		for _, i := range l.Imports {
			if other, ours := short(i); ours {
				uses[pkg] = append(uses[pkg], other)
			}
		}
	}
	require.Empty(t, wrongArrows(floors, uses))
	require.Empty(t, emptyFolders(floors, func(path string) bool {
		_, err := os.Stat(filepath.Join(root, path))
		return err == nil
	}))
}

// A package that calls C, directly or not, is of no use to those who build without a C compiler, and its tests take
// long to build.
func TestPurePackagesArePure(t *testing.T) {
	all := list(t, "-deps", "-test", "./...")
	calls := map[string]bool{} // packages outside the standard library that call C
	for _, l := range all {
		if len(l.CgoFiles) > 0 && !l.Standard {
			calls[l.ImportPath] = true
		}
	}
	found := map[string]bool{}
	for _, l := range all {
		name, _, _ := strings.Cut(l.ImportPath, " ")
		pkg, ours := short(strings.TrimSuffix(name, ".test"))
		i := slices.IndexFunc(pure, func(p string) bool {
			return p == pkg || strings.HasSuffix(p, "/") && strings.HasPrefix(pkg, p)
		})
		if !ours || i < 0 {
			continue
		}
		found[pure[i]] = true
		for _, dep := range append(l.Deps, l.ImportPath) {
			require.False(t, calls[dep], "%s reaches %s, which calls C", l.ImportPath, dep)
		}
	}
	for _, p := range pure {
		require.True(t, found[p], "there is no package %s", p)
	}
}

// The test itself: what it would say if it were so.
func TestBrokenArrow(t *testing.T) {
	floors, err := readMap("## Map\n\nThis is it:\n\n    top/          first\n    mid/  side/   second\n"+
		"      sub/        in mid\n    low           third\n\nText.\n\n    not/  this\n", "## Map")
	require.NoError(t, err)
	require.Equal(t, []floor{{paths: []string{"top"}}, {paths: []string{"mid", "side"}}, {paths: []string{"mid/sub"}},
		{paths: []string{"low"}}}, floors)
	require.Empty(t, wrongArrows(floors, map[string][]string{
		"top": {"mid", "mid/sub", "low"}, "top/deep": {"top"}, "mid": {"mid/sub", "mid/other", "low"}, "mid/sub": {"low"},
		"low": nil,
	}))
	require.Equal(t, []string{
		"low imports mid, which stands above or beside it",
		"mid imports side/deep, which stands above or beside it",
		"mid/sub imports mid, which stands above or beside it",
		"new is not on the map",
	}, wrongArrows(floors, map[string][]string{"low": {"mid"}, "mid": {"side/deep"}, "mid/sub": {"mid"}, "new": {"low"}}))
	require.Equal(t, []string{"side is on the map, and not in the tree"},
		emptyFolders(floors, func(path string) bool { return path != "side" }))
	_, err = readMap("# Else\n", "## Map")
	require.Error(t, err)
}
