// Package kinds knows all kinds of recordings. To add one, write a package like janus and name it here.
package kinds

import (
	"time"

	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/agora"
	"github.com/upright-media/upright/recording/janus"
)

// Find looks for recordings of all kinds in files and folders: see recording.Registry.
func Find(inputs []string) ([]*recording.Recording, []*recording.File, error) {
	return Rejoined(inputs, 0)
}

// Rejoined is like Find, and takes sessions of one person that are at most rejoin apart for one, where Janus has
// recorded them.
func Rejoined(inputs []string, rejoin time.Duration) ([]*recording.Recording, []*recording.File, error) {
	return recording.Registry{janus.Rejoining(rejoin), agora.Kind}.Find(inputs)
}
