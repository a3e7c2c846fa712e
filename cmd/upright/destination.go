package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/pipelines/report"
)

// extensions are those of files that -o can name, and the profile that makes them.
var extensions = map[string]string{
	".mp4": profile.MP4, ".webm": profile.WebM, ".mkv": profile.MKV, ".m4a": profile.Audio,
}

// otherMedia are the endings of files that people may expect here. A folder of such a name would surprise them.
var otherMedia = []string{".mov", ".m4v", ".avi", ".ts", ".flv", ".wmv", ".mpg", ".mpeg", ".3gp", ".ogg", ".ogv",
	".oga", ".opus", ".mp3", ".aac", ".wav", ".flac", ".mka", ".jpg", ".png", ".gif"}

// destination is what -o names: a folder, or one file.
type destination struct {
	dir  string
	file string // base name, "" for a folder
}

// base is the file's name without its extension.
func (o destination) base() string { return strings.TrimSuffix(o.file, filepath.Ext(o.file)) }

// destinationOf reads what -o says. Whatever exists as a folder is one.
func destinationOf(path string) (destination, error) {
	switch {
	case path == "":
		return destination{}, usageError{errors.New("--output: the folder's name is empty")}
	case path == "-":
		return destination{}, usageError{errors.New("--output: a video cannot be written to standard output, for its index " +
			"comes first and is known last: name a folder or a file")}
	}
	info, err := os.Stat(path)
	isFolder := err == nil && info.IsDir() || strings.HasSuffix(path, "/")
	extension := strings.ToLower(filepath.Ext(path))
	switch _, media := extensions[extension]; {
	case media && !isFolder:
		return destination{dir: filepath.Dir(path), file: filepath.Base(path)}, nil
	case slices.Contains(otherMedia, extension) && !isFolder:
		return destination{}, usageError{fmt.Errorf("--output: a file that is named ends in .mp4, .webm, .mkv or .m4a, "+
			"not in %s; a folder of that name is %s/", extension, path)}
	}
	return destination{dir: path}, nil
}

// profileFor is the profile that makes a file of this name, where none was asked for.
func (o destination) profileFor(asked string) string {
	if is := extensions[strings.ToLower(filepath.Ext(o.file))]; is != "" && asked == profile.MP4 {
		return is
	}
	return asked
}

// check refuses what one file cannot hold.
func (o destination) check(f *found) error {
	if o.file == "" || len(f.participants) <= 1 {
		return nil
	}
	var names []string
	for _, p := range f.participants {
		names = append(names, p.participant.Name)
	}
	return usageError{fmt.Errorf("--output: %s is one file, but there are %d participants (%s): name a folder, or the "+
		"files of one participant", filepath.Join(o.dir, o.file), len(names), shortList(names))}
}

// other says that the media did not fit the file that was named, so that it has another name.
func (o destination) other(made *report.Report) []report.Warning {
	if o.file == "" || len(made.Outputs) == 0 || strings.EqualFold(made.Outputs[0].File, o.file) {
		return nil
	}
	return []report.Warning{{Text: fmt.Sprintf("%s holds what was recorded, for the profile and the media go into no %s: "+
		"choose another --profile, or this name", made.Outputs[0].File, filepath.Ext(o.file))}}
}

// shortList is the beginning of a list, as part of a sentence.
func shortList(names []string) string {
	const few = 5
	if len(names) > few {
		return strings.Join(names[:few], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}
