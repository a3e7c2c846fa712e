package watch

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/recording/agora"
	"github.com/upright-media/upright/recording/janus"
	"github.com/upright-media/upright/recording/kinds"
)

// Specs are the jobs that files and folders make that a user names, whatever was submitted before. Paths are absolute,
// or below the watched folder, and have to lead there without links. As with upright convert, files that are named are
// converted without others of their session that are not. A file that a process has open for writing is an error.
func (w *Watcher) Specs(ctx context.Context, paths []string) ([]job.Spec, error) {
	folder := w.current()
	var inputs []string
	for _, path := range paths {
		input, err := inside(folder, path)
		if err != nil {
			return nil, err
		}
		inputs = append(inputs, input)
	}
	if len(inputs) == 0 {
		return nil, errors.New("no files or folders are named")
	}
	recordings, bad, err := kinds.Rejoined(inputs, folder.Settings.Rejoin)
	if err != nil {
		return nil, err
	}
	open := &writers{wanted: func(base string) bool { return janus.IsName(base) || agora.IsName(base) }}
	var specs []job.Spec
	for _, rec := range recordings {
		for _, p := range rec.Participants {
			if excluded(folder, p.Tracks[0].Path) {
				continue
			}
			var sources []job.Source
			for _, path := range filesOf(p) {
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
				if who, is := open.of(path, nil); is {
					name := "a process that is not visible from here"
					if who != nil {
						name = who.String()
					}
					return nil, fmt.Errorf("%s is open for writing by %s", path, name)
				}
				source, err := sourceAt(path)
				if err != nil {
					return nil, err
				}
				sources = append(sources, source)
			}
			spec, err := newSpec(folder, rec, p, sources, w.o.Now())
			if err != nil {
				return nil, err
			}
			specs = append(specs, spec)
		}
	}
	switch {
	case len(specs) == 0 && len(bad) > 0:
		return nil, bad[0].Err
	case len(specs) == 0:
		return nil, fmt.Errorf("there are no recordings in %s", strings.Join(inputs, ", "))
	}
	return specs, nil
}

// inside makes a user's path absolute, if it is of something in the watched folder.
func inside(folder Folder, path string) (string, error) {
	root := filepath.Clean(folder.Root)
	full := filepath.Clean(path)
	if !filepath.IsAbs(full) {
		full = filepath.Join(root, path)
	}
	rel, err := filepath.Rel(root, full)
	if err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s is not in the watched folder %s", path, root)
	}
	if excluded(folder, full) {
		return "", fmt.Errorf("%s is in a folder that is not looked into", path)
	}
	// The folders on the way, one by one: a link may lead anywhere.
	fd, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", fmt.Errorf("cannot open %s: %w", root, err)
	}
	defer func() { unix.Close(fd) }()
	for part := range strings.SplitSeq(rel, "/") {
		next, err := unix.Openat(fd, part, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != nil {
			return "", fmt.Errorf("cannot open %s: %w", full, err)
		}
		unix.Close(fd)
		fd = next
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil {
			return "", fmt.Errorf("cannot open %s: %w", full, err)
		}
		if st.Mode&unix.S_IFMT == unix.S_IFLNK {
			return "", fmt.Errorf("%s is or leads through a link, which is not followed", full)
		}
	}
	return full, nil
}

// excluded says that a path is in a folder that is not looked into.
func excluded(folder Folder, path string) bool {
	return slices.ContainsFunc(folder.Exclude, func(exclude string) bool {
		rel, err := filepath.Rel(folder.Root, exclude)
		if err != nil || rel == "." || !filepath.IsLocal(rel) {
			return false // the watched folder itself, or above it
		}
		rel, err = filepath.Rel(exclude, path)
		return err == nil && filepath.IsLocal(rel)
	})
}

func sizeOf(path string) (int64, error) {
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		return 0, err
	}
	return st.Size, nil
}
