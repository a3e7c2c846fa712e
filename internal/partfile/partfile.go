// Package partfile has the names of the files that the video of a room is joined of. They are hidden, and lie beside
// the video until it is there, so that whoever goes on with it finds them.
package partfile

import "regexp"

// Name is what a file's name says.
type Name struct {
	Video string // base name of the room's video
	ID    string // what the part is made of, 16 hexadecimal digits
	// Mark is of the process of another daemon that writes the part; "" when it is complete, or written by the process
	// that makes the video.
	Mark      string
	Ext       string // .mp4: pictures, .m4a: sound
	Unwritten bool   // uprightmp4sink is still at it
}

// String is the name of the file.
func (n Name) String() string {
	s := "." + n.Video + ".part-" + n.ID
	if n.Mark != "" {
		s += "." + n.Mark
	}
	if s += n.Ext; n.Unwritten {
		s = "." + s + ".part"
	}
	return s
}

var pattern = regexp.MustCompile(`^(\.?)\.(.+)\.part-([0-9a-f]{16})(?:\.([0-9A-Z]{26}))?(\.mp4|\.m4a)(\.part)?$`)

// Parse reads the name of a file; false if it is not that of a part.
func Parse(file string) (n Name, ok bool) {
	m := pattern.FindStringSubmatch(file)
	if m == nil || (m[1] == ".") != (m[6] != "") {
		return n, false
	}
	return Name{Video: m[2], ID: m[3], Mark: m[4], Ext: m[5], Unwritten: m[6] != ""}, true
}
