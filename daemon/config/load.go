package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"

	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/pipelines/profile"
)

// Known is what a configuration may name that other packages define.
type Known struct {
	Profiles []string // that are built in; nil: any
	// ProfilesOnly says that nothing but profiles is wanted of the configuration: there need not be anything to watch.
	ProfilesOnly bool
	// CheckProfile says what else is wrong with a profile, with all that it inherits: which elements are not there.
	// nil: nothing ever is
	CheckProfile func(profile.Profile) []profile.Problem
	// CheckEncoder says why there is no such encoder. nil: there is any
	CheckEncoder func(name string) error
	// CheckTemplate says what is wrong with the template of a watch folder. nil: nothing ever is
	CheckTemplate func(template string) error
}

// Load reads a configuration file and the overrides in env (as of os.Environ), and checks the whole. Without a file
// ("") there are only the defaults and the overrides. The error is an *Error with everything that is wrong, unless the
// file cannot be read. Warnings are there in either case.
func Load(file string, env []string, known Known) (*Config, []Warning, error) {
	dir := "."
	var data []byte
	if file != "" {
		dir = filepath.Dir(file)
		var err error
		if data, err = readFile("the configuration", file, MaxFileBytes); err != nil {
			return nil, nil, err
		}
	}
	p := parsing{file: file, known: known, env: env, real: realPath}
	var err error
	if p.dir, err = filepath.Abs(dir); err != nil {
		return nil, nil, fmt.Errorf("cannot find the folder of %s: %w", file, err)
	}
	if p.cwd, err = filepath.Abs("."); err != nil {
		return nil, nil, fmt.Errorf("cannot find the working directory: %w", err)
	}
	c, d, err := p.parse(data)
	if file != "" {
		c.File = filepath.Join(p.dir, filepath.Base(file))
	}
	d.lookAround(c)
	sortProblems(d.warnings)
	if err != nil {
		return nil, d.warnings, err
	}
	return c, d.warnings, nil
}

// Parse reads a configuration from memory. Relative folders are below dir, which is absolute. Unlike Load it never
// looks at files.
func Parse(data []byte, dir string, env []string, known Known) (*Config, []Warning, error) {
	p := parsing{file: "upright.yaml", known: known, env: env, dir: dir, cwd: dir, real: filepath.Clean}
	c, d, err := p.parse(data)
	sortProblems(d.warnings)
	if err != nil {
		return nil, d.warnings, err
	}
	return c, d.warnings, nil
}

// parsing is what turning bytes into a Config needs.
type parsing struct {
	file, dir, cwd string
	env            []string
	known          Known
	real           func(path string) string // without symbolic links
}

// parse always returns a Config, which is of no use if there is an error.
func (p parsing) parse(data []byte) (*Config, *decoder, error) {
	c := Default()
	c.State = ""
	d := newDecoder(p.file)
	if root := d.parse(data); root != nil {
		d.collect(root)
		d.decode(root, reflect.ValueOf(&c).Elem(), "")
	}
	d.override(&c, p.env)
	if c.State == "" && !d.broken["state"] {
		c.State = stateFolder(p.env, p.dir)
	}
	d.absolute(&c, p.dir, p.cwd)
	check(&c, d, p.known, p.real)
	if len(d.problems) > 0 {
		sortProblems(d.problems)
		return &c, d, &Error{Problems: d.problems}
	}
	return &c, d, nil
}

// readFile reads a file, but no more than one byte over limit: the caller says what is too large. what is it, for
// errors.
func readFile(what, file string, limit int64) ([]byte, error) {
	data, err := files.Read(file, limit)
	if err != nil && !errors.Is(err, files.ErrTooLarge) {
		return nil, fmt.Errorf("cannot read %s %s: %w", what, file, files.Reason(err))
	}
	return data, nil
}
