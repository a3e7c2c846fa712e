package recording

import (
	"errors"
	"os"
	"slices"
	"strings"
)

// Kind is a kind of recordings: what one server writes.
type Kind struct {
	Name string // of the server, as people call it
	// Claims says that a file which a user has named is of this kind. It looks at no more than it must.
	Claims func(path string) bool
	// Find looks for recordings of this kind in files and folders, and in all folders below. unusable is what is of this
	// kind but cannot be used; what is of another kind is passed over in folders. The error is about inputs that do not
	// exist or cannot be opened.
	Find func(inputs []string) (drafts []*Draft, unusable []*File, err error)
}

// Registry are the kinds that a program knows. A file that no kind claims is left to the first.
type Registry []Kind

// Find looks for recordings of all kinds in files and folders. unusable is what is a recording by its name but cannot
// be used, in order of paths; the error is about inputs that do not exist or cannot be opened. Names are distinct among
// all recordings of one call, and the result does not depend on the order of the inputs.
func (r Registry) Find(inputs []string) (found []*Recording, unusable []*File, err error) {
	var drafts []*Draft
	var problems []error
	for i, of := range r.sort(inputs) {
		if len(of) == 0 {
			continue
		}
		d, bad, e := r[i].Find(of)
		drafts, unusable, problems = append(drafts, d...), append(unusable, bad...), append(problems, parts(e)...)
	}
	if len(problems) > 0 {
		return nil, nil, errors.Join(distinct(problems, error.Error)...)
	}
	slices.SortFunc(unusable, func(a, b *File) int { return strings.Compare(a.Path, b.Path) })
	return Name(drafts), distinct(unusable, func(f *File) string { return f.Path + "\n" + f.Err.Error() }), nil
}

// parts are the errors that are joined in one.
func parts(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// distinct leaves out what says the same as one before it: each kind says that a folder cannot be read.
func distinct[T any](list []T, says func(T) string) []T {
	seen := map[string]bool{}
	return slices.DeleteFunc(list, func(v T) bool {
		text := says(v)
		defer func() { seen[text] = true }()
		return seen[text]
	})
}

// sort says which kind looks at which inputs: all of them at folders, and one at each file.
func (r Registry) sort(inputs []string) [][]string {
	of := make([][]string, len(r))
	for _, input := range inputs {
		if info, err := os.Stat(input); err == nil && info.IsDir() {
			for i := range r {
				of[i] = append(of[i], input)
			}
			continue
		}
		i := max(0, slices.IndexFunc(r, func(k Kind) bool { return k.Claims(input) }))
		of[i] = append(of[i], input)
	}
	return of
}
