package worker

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/kinds"
)

// checkSources says whether the sources are what the job was submitted for.
func checkSources(list []job.Source) error {
	if len(list) == 0 {
		return coded(job.CodeInternal, errors.New("the job has no sources"))
	}
	for _, s := range list {
		st, err := os.Stat(s.Path)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
			return coded(job.CodeSourcesGone, fmt.Errorf("%s is gone: bring it back, or cancel the job", s.Path))
		case err != nil:
			return err
		case !st.Mode().IsRegular():
			return coded(job.CodeSourcesChanged, fmt.Errorf("%s is not a regular file any more", s.Path))
		case st.Size() != s.Size:
			return coded(job.CodeSourcesChanged, fmt.Errorf("%s has %d bytes, not %d as when the job was submitted: "+
				"it is another recording, or was not finished", s.Path, st.Size(), s.Size))
		case s.Fingerprint == "":
			continue
		}
		sum, err := recording.Fingerprint(s.Path)
		if err != nil {
			return err
		}
		if hex.EncodeToString(sum[:]) != s.Fingerprint {
			return coded(job.CodeSourcesChanged, fmt.Errorf("%s has another content than when the job was submitted", s.Path))
		}
	}
	return nil
}

func paths(list []job.Source) (paths []string) {
	for _, s := range list {
		paths = append(paths, s.Path)
	}
	return paths
}

// unknown is why it is not known what is in a file.
func unknown(f *recording.File) error {
	if errors.As(f.Err, new(syscall.Errno)) {
		return f.Err
	}
	return nil
}

// participant makes one participant of the sources. That they belong together was decided when the job was submitted,
// by whoever saw all of the folder. Files that make no sense are among its tracks, with their errors.
func participant(spec job.Spec) (*recording.Recording, *recording.Participant, error) {
	recordings, bad, err := kinds.Rejoined(paths(spec.Sources), spec.Settings.Rejoin)
	if err != nil {
		return nil, nil, err
	}
	rec, p := &recording.Recording{}, &recording.Participant{}
	for i, r := range recordings {
		for j, q := range r.Participants {
			if i == 0 && j == 0 {
				rec, p = r, q
			} else {
				p.Tracks = append(p.Tracks, q.Tracks...)
			}
		}
	}
	p.Tracks = append(p.Tracks, bad...) // for the report, which says why they were left out
	for _, f := range p.Tracks {
		if err := unknown(f); err != nil {
			return nil, nil, err
		}
	}
	order := []recording.Medium{recording.Video, recording.Audio, recording.Data}
	slices.SortStableFunc(p.Tracks, func(a, b *recording.File) int {
		return slices.Index(order, a.Medium) - slices.Index(order, b.Medium)
	})
	if spec.Recording != "" {
		rec.Name = spec.Recording
	}
	if spec.Participant != "" {
		p.Name = spec.Participant
	}
	return rec, p, nil
}
