package mjrsrc

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// failure says why a file cannot be opened. docs/elements.md has the same as a table.
func failure(path, codec string, err error) error {
	e := &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamDemux, Debug: err.Error()}
	name := filepath.Base(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Domain, e.Code = gstx.ResourceDomain, gstx.ResourceNotFound
		e.Text = fmt.Sprintf("There is no file %s.", path)
	case errors.Is(err, fs.ErrPermission):
		e.Domain, e.Code = gstx.ResourceDomain, gstx.ResourceOpenRead
		e.Text = fmt.Sprintf("%s may not be read: ask for permission to read it.", path)
	case errors.Is(err, recording.ErrEmpty):
		e.Code = gstx.StreamFailed
		e.Text = fmt.Sprintf("%s is empty: no media was ever recorded, so there is nothing to read.", name)
	case errors.Is(err, recording.ErrUnknownFormat):
		e.Code = gstx.StreamWrongType
		e.Text = fmt.Sprintf("%s is not a Janus recording (.mjr).", name)
	case errors.Is(err, recording.ErrTruncatedHeader):
		e.Text = fmt.Sprintf("%s is cut off inside its header: nothing in it can be used.", name)
	case errors.Is(err, recording.ErrHeader):
		e.Text = fmt.Sprintf("The header of %s is broken: nothing in it can be used.", name)
	case codec != "":
		e.Code = gstx.StreamCodecNotFound
		e.Text = fmt.Sprintf("%s is recorded with the codec %q, which mjrsrc does not know.", name, codec)
	default:
		e.Domain, e.Code = gstx.ResourceDomain, gstx.ResourceOpenRead
		e.Text = fmt.Sprintf("%s cannot be read: %v.", path, files.Reason(err))
	}
	return e
}

// readFailure is an error in the middle of the file.
func readFailure(path string, err error) error {
	return &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceRead, Debug: err.Error(),
		Text: fmt.Sprintf("Reading %s failed: is its disk or network share still there?", path)}
}

// choose finds the file among those of the timeline, and what keeps it from being played.
func choose(tl *timeline.Timeline, path string) (*timeline.Track, error) {
	t, err := tl.Track(filepath.Clean(path))
	switch {
	case t == nil:
		return nil, failure(path, "", err)
	case t.Encrypted || t.Info.Encrypted:
		return nil, &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamDecrypt,
			Text: fmt.Sprintf("%s is end-to-end encrypted: only the participants could decrypt it, the server cannot.",
				filepath.Base(path)),
			Debug: "header field e is true"}
	case err != nil:
		return nil, failure(path, t.Info.Codec, err)
	case t.Units == 0:
		return nil, nothing(t)
	}
	return t, nil
}

// nothing says why a file with packets has nothing to show.
func nothing(t *timeline.Track) error {
	e := &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamFailed,
		Debug: fmt.Sprintf("%d records, %d not RTP, %d undecodable, %d unparsed, %d damaged bytes",
			t.Counts.Records, t.Counts.NotRTP, t.Counts.Undecodable, t.Unparsed, t.DamagedBytes)}
	name := filepath.Base(t.Path)
	switch {
	case t.Unparsed > 0:
		e.Code = gstx.StreamDecrypt
		e.Text = fmt.Sprintf("Nothing in %s can be decoded: it is probably end-to-end encrypted.", name)
	case t.Counts.Undecodable > 0:
		e.Code = gstx.StreamDecode
		e.Text = fmt.Sprintf("No picture in %s can be decoded, because there is no key picture in it.", name)
	default:
		e.Text = fmt.Sprintf("%s holds no media packets.", name)
	}
	return e
}
