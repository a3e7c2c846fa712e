package agora

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/upright-media/upright/recording/agora/media"
)

// IsName says whether a file is called like media or a uid file of the recorder. Hidden copies of uid files are not.
func IsName(base string) bool {
	if _, ok := parseMediaName(base); ok {
		return true
	}
	return IsUIDFile(base)
}

// Folder is the session's.
func (c *content) Folder() string { return c.presence.Folder.Path }

// Companions are the uid file.
func (c *content) Companions() []string { return []string{c.presence.UIDFile} }

// Awaited says what the recorder has still to do. From 3.0.3 on it records MPEG-TS, and makes MP4 of it when all has
// ended: for minutes, after it has left the done marker.
func (c *content) Awaited() string {
	p := c.presence
	if !p.Folder.Done {
		return fmt.Sprintf("%s is being recorded: there is no done marker (recording2-done.txt) in it yet",
			filepath.Base(p.Folder.Path))
	}
	if name := p.again(); name != "" {
		return fmt.Sprintf("%s is being recorded again: %s has no close line and is newer than the done marker, which is "+
			"that of an earlier session", filepath.Base(p.Folder.Path), name)
	}
	if len(p.Missing) > 0 {
		return fmt.Sprintf("%s is still to come: %s speaks of it", p.Missing[0], filepath.Base(p.UIDFile))
	}
	for _, s := range p.Pictures {
		switch filepath.Ext(s.Path) {
		case ".ts":
			if filepath.Ext(s.named) != ".ts" {
				return fmt.Sprintf("%s is still to be made of %s", s.named, s.Name())
			}
		case ".mp4":
			if !media.Finished(s.Path) {
				return fmt.Sprintf("%s is still being written: its index or some of its media are not there yet", s.Name())
			}
		}
	}
	return ""
}

// again is a file that is being written to in a folder of which an earlier session has left its marker: where the
// caller has chosen the folder (Recording_Dir), several sessions can use it. "" if there is none.
func (p *Presence) again() string {
	if !p.Open {
		return ""
	}
	for _, s := range slices.Concat(p.Pictures, p.Sounds) {
		if info, err := os.Stat(s.Path); err == nil && !s.Closed && info.ModTime().After(p.Folder.doneAt) {
			return s.Name()
		}
	}
	return ""
}
