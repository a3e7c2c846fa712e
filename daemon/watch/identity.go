package watch

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/recording"
)

// Identity is that of a participant's content in jobs and reports: see Identity of job.Spec. It reads a little of each
// file.
func Identity(p *recording.Participant) (string, error) {
	var sources []job.Source
	for _, path := range filesOf(p) {
		source, err := sourceAt(path)
		if err != nil {
			return "", err
		}
		sources = append(sources, source)
	}
	return identity(sources), nil
}

// sourceAt describes a file as it is now.
func sourceAt(path string) (job.Source, error) {
	print, err := recording.Fingerprint(path)
	if err != nil {
		return job.Source{}, err
	}
	size, err := sizeOf(path)
	if err != nil {
		return job.Source{}, err
	}
	return job.Source{Path: path, Size: size, Fingerprint: hex.EncodeToString(print[:])}, nil
}

// identity is that of a participant's content, whatever the folder and the times of the files: a SHA-256 over the base
// name (as it is when the file is complete), size and fingerprint of each file, in the order of names.
func identity(sources []job.Source) string {
	lines := make([]string, len(sources))
	for i, s := range sources {
		// No name holds NUL, so no two lists of files are written the same.
		lines[i] = finalPath(filepath.Base(s.Path)) + "\x00" + strconv.FormatInt(s.Size, 10) + "\x00" + s.Fingerprint +
			"\x00"
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "")))
	return hex.EncodeToString(sum[:])
}

// jobID is that of a job that does with a recording what a folder says: a change of what comes out makes another job, a
// change of what is done afterwards (delivery, priority) does not.
func jobID(identity string, f Folder) string {
	return digestID(identity, f.Output, f.Template, f.Profile, f.Settings.Key())
}

// digestID is an id that follows from what it is made of.
func digestID(parts ...any) string {
	b, err := json.Marshal(parts)
	if err != nil {
		panic(err) // of strings, numbers and truth values
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// String is the ID.
func (r jobRef) String() string { return hex.EncodeToString(r[:]) }

// refOf is how a file remembers its job.
func refOf(id string) (ref jobRef) {
	_, _ = hex.Decode(ref[:], []byte(id[:min(len(id), 2*len(ref))]))
	return ref
}
