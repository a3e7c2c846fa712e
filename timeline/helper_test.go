package timeline

import (
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/janus"
)

// read are the files at these paths.
func read(paths ...string) []*recording.File {
	files := make([]*recording.File, len(paths))
	for i, path := range paths {
		files[i] = janus.ReadFile(path)
	}
	return files
}
