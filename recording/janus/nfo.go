package janus

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/recording"
)

const (
	maxNFOSize    = 64 << 10 // bytes; Janus writes about 200
	maxNFOEntries = 256
)

// NFO describes one recording of the Record&Play plugin, which writes it to <id>.nfo when the recording is over.
type NFO struct {
	ID                 string // section, as in [1234]
	Name               string // what the user called it
	Date               string // YYYY-MM-DD HH:MM:SS, local time of the server
	Private            bool
	Audio, Video, Data string // names of the files, without folder
}

// ParseNFO reads an .nfo file: INI text, lines ended by CRLF or LF, one section per recording. Lines that make no sense
// are passed over, since people write these files by hand too.
func ParseNFO(r io.Reader) ([]NFO, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxNFOSize+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read the .nfo file: %w", files.Reason(err))
	}
	if len(text) > maxNFOSize {
		return nil, fmt.Errorf("the .nfo file has more than %d bytes: it was not written by Janus", maxNFOSize)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	var entries []NFO
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, maxNFOSize+1)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if id, ok := strings.CutPrefix(line, "["); ok {
			id, ok = strings.CutSuffix(id, "]")
			if !ok {
				continue
			}
			if len(entries) == maxNFOEntries {
				return nil, fmt.Errorf("the .nfo file has more than %d sections: it was not written by Janus", maxNFOEntries)
			}
			entries = append(entries, NFO{ID: cleanText(id)})
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok || len(entries) == 0 || strings.HasPrefix(line, ";") || strings.HasPrefix(line, "#") {
			continue
		}
		entries[len(entries)-1].set(strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value))
	}
	return entries, nil
}

func (n *NFO) set(key, value string) {
	switch key {
	case "name":
		n.Name = cleanText(value)
	case "date":
		n.Date = cleanText(value)
	case "private":
		n.Private = slices.Contains([]string{"true", "yes", "1"}, strings.ToLower(value))
	case "audio":
		n.Audio = value
	case "video":
		n.Video = value
	case "data":
		n.Data = value
	}
}

// files are the names of its files without extension.
func (n *NFO) files() []string {
	var stems []string
	for _, name := range []string{n.Video, n.Audio, n.Data} {
		// A name with a folder is none that Janus writes, and must not lead anywhere else.
		if filepath.IsLocal(name) && name != "." && filepath.Base(name) == name {
			stem, _, _ := splitExtension(name)
			stems = append(stems, stem)
		}
	}
	return stems
}

// cleanText makes a text from a file printable on one line.
func cleanText(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd")))
}

// claim is the section of an .nfo file that a recording belongs to.
type claim struct {
	path string
	nfo  NFO
}

// claims finds the .nfo section of the files in one folder, reading no more .nfo files than it must.
type claims struct {
	folder string
	read   map[string]map[string]*claim // .nfo name -> stem of a file -> section
	all    map[string]*claim            // every section of the folder, once it had to be read
	list   func() []string              // names of the folder's .nfo files, and of others
	has    func(name string) bool       // whether an .nfo file is there; nil if that is not known before it is opened
}

func newClaims(folder string) *claims {
	c := &claims{folder: folder, read: map[string]map[string]*claim{}}
	c.list = func() []string {
		names, _ := readNames(folder) // a folder that cannot be read has been reported when its files were looked for
		return names
	}
	return c
}

// forget drops what is known of an .nfo file that has changed.
func (c *claims) forget(name string) {
	delete(c.read, name)
	c.all = nil
}

// of returns the section that names a file. Of several the one in <id>.nfo counts, else the first by name.
func (c *claims) of(base string, n Name) *claim {
	if n.Scheme != SchemeRecordPlay && n.Scheme != SchemeCustom && n.Scheme != SchemeStreaming || n.Side != "" {
		return nil // these names say themselves what belongs together
	}
	stem, _, _ := splitExtension(base)
	if n.Scheme == SchemeRecordPlay {
		if own := c.load(strings.TrimPrefix(n.Base, "rec-") + ".nfo")[stem]; own != nil {
			return own
		}
	}
	if c.all == nil {
		c.loadAll()
	}
	return c.all[stem]
}

func (c *claims) loadAll() {
	c.all = map[string]*claim{}
	for _, name := range slices.Sorted(slices.Values(c.list())) {
		if !isNFO(name) {
			continue
		}
		for stem, section := range c.load(name) {
			if c.all[stem] == nil {
				c.all[stem] = section
			}
		}
	}
}

// load reads one .nfo file. One that cannot be read or understood pairs nothing: the names still do.
func (c *claims) load(name string) map[string]*claim {
	if sections, ok := c.read[name]; ok {
		return sections
	}
	if c.has != nil && !c.has(name) {
		return nil
	}
	sections := map[string]*claim{}
	c.read[name] = sections
	path := filepath.Join(c.folder, name)
	entries, err := readNFO(path)
	if err != nil {
		return sections
	}
	for _, entry := range entries {
		section := &claim{path: path, nfo: entry}
		for _, stem := range entry.files() {
			if sections[stem] == nil {
				sections[stem] = section
			}
		}
	}
	return sections
}

func readNFO(path string) ([]NFO, error) {
	f, _, err := recording.OpenRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ParseNFO(f)
}

// readNames lists a folder, in no order.
func readNames(folder string) ([]string, error) {
	f, err := os.Open(folder)
	if err != nil {
		return nil, files.Reason(err)
	}
	defer f.Close()
	return f.Readdirnames(-1)
}
