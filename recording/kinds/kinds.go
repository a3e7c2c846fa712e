// Package kinds knows all kinds of recordings. To add one, write a package like janus and name it here.
package kinds

import (
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/agora"
	"github.com/upright-media/upright/recording/janus"
)

// All are all kinds of recordings.
var All = recording.Registry{janus.Kind, agora.Kind}

// Find looks for recordings of all kinds in files and folders: see recording.Registry.
func Find(inputs []string) ([]*recording.Recording, []*recording.File, error) {
	return All.Find(inputs)
}
