package movie

import (
	"encoding/binary"
	"strings"

	"github.com/Eyevinn/mp4ff/mp4"
)

// items are tags, by the names that GStreamer has for them, and those that they have in an MP4: iTunes' list, which all
// players and FFmpeg read (QuickTime File Format, "Metadata").
var items = []struct{ tag, item string }{
	{"title", "\xa9nam"}, {"artist", "\xa9ART"}, {"album", "\xa9alb"}, {"composer", "\xa9wrt"}, {"genre", "\xa9gen"},
	{"comment", "\xa9cmt"}, {"description", "desc"}, {"copyright", "cprt"}, {"keywords", "keyw"},
}

// IsTag says whether a movie can have a tag.
func IsTag(name string) bool {
	for _, i := range items {
		if i.tag == name {
			return true
		}
	}
	return false
}

// maxTag bounds the text of a tag, in bytes.
const maxTag = 1 << 12

// Describe gives a movie tags: text by name. Empty ones are left out.
func (m *Movie) Describe(tags map[string]string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tags = tags
}

// tagBox is the box with tags, nil if there are none.
func tagBox(tags map[string]string) mp4.Box {
	list := &mp4.IlstBox{}
	for _, i := range items {
		text := tags[i.tag]
		if text = strings.ToValidUTF8(text[:min(len(text), maxTag)], ""); text == "" {
			continue
		}
		const utf8 = 1 // kind of the data, which is of no language
		data := binary.BigEndian.AppendUint64(nil, utf8<<32)
		value, err := encode(raw("data", append(data, text...)))
		if err == nil {
			list.AddChild(raw(i.item, value))
		}
	}
	if len(list.Children) == 0 {
		return nil
	}
	box := mp4.CreateMetaBox(0, &mp4.HdlrBox{HandlerType: "mdir"})
	box.AddChild(list)
	return box
}
