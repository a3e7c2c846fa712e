package agorasrc

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/agora"
	"github.com/upright-media/upright/timeline"
)

// find finds the files of the presence of a uid file.
func find(location string) ([]*recording.File, error) {
	if location == "" {
		return nil, &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceNotFound,
			Text: "agorasrc has nothing to read: set its property location to a user's text file (uid_….txt)."}
	}
	files, err := agora.Files(filepath.Clean(location))
	if err != nil {
		return nil, failure(location, err)
	}
	return files, nil
}

// failure says why files cannot be opened. docs/elements.md has the same as a table.
func failure(path string, err error) error {
	e := &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamDemux, Debug: err.Error()}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Domain, e.Code = gstx.ResourceDomain, gstx.ResourceNotFound
		e.Text = fmt.Sprintf("There is no file %s.", path)
	case errors.Is(err, fs.ErrPermission):
		e.Domain, e.Code = gstx.ResourceDomain, gstx.ResourceOpenRead
		e.Text = fmt.Sprintf("%s or its folder may not be read: ask for permission to read it.", path)
	case errors.Is(err, agora.ErrNoSession):
		e.Code = gstx.StreamWrongType
		e.Text = fmt.Sprintf("%s is no text file (uid_….txt) of Agora's on-premise recorder.", filepath.Base(path))
	case errors.Is(err, recording.ErrEmpty):
		e.Code = gstx.StreamFailed
		e.Text = fmt.Sprintf("No media were ever recorded for %s, so there is nothing to read.", filepath.Base(path))
	default:
		e.Domain, e.Code = gstx.ResourceDomain, gstx.ResourceOpenRead
		e.Text = fmt.Sprintf("The media of %s cannot be read: %v.", path, err)
	}
	return e
}

// readFailure is an error in the middle of a file.
func readFailure(path string, err error) error {
	return &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceRead, Debug: err.Error(),
		Text: fmt.Sprintf("Reading %s failed: is its disk or network share still there?", path)}
}

// choose finds the track of the medium that is asked for, or says why there is none.
func choose(tl *timeline.Timeline, set *settings) (*timeline.Track, error) {
	base := filepath.Base(set.Location)
	for _, t := range tl.Tracks {
		switch {
		case string(t.Info.Medium) != set.Medium:
		case t.Units == 0 && t.Unparsed > 0:
			return nil, &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamDecrypt,
				Text: fmt.Sprintf("Nothing in the %s of %s can be decoded: the channel was probably encrypted, and "+
					"the recorder had the wrong secret.", set.Medium, base)}
		case set.Run >= len(t.Given.Runs):
			return nil, &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceNotFound,
				Text: fmt.Sprintf("The %s of %s has no run %d: there are %d, counted from 0.", set.Medium, base,
					set.Run, len(t.Given.Runs))}
		case t.Units > 0:
			return t, nil
		}
	}
	text := fmt.Sprintf("There is no usable %s of %s.", set.Medium, base)
	if len(tl.Warnings) > 0 {
		text = fmt.Sprintf("There is no usable %s of %s: %s.", set.Medium, base, tl.Warnings[0].Text)
	}
	return nil, &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamFailed, Text: text}
}
