package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/internal/lazy"
	"github.com/upright-media/upright/pipelines/report"
)

const (
	tableWidth   = 100 // what fits most terminals and a page of a bug report
	longestFile  = 24  // characters of a file name in the table; --json has the whole
	mostInOneRow = 6   // orientations or holes that are listed; --json has all
)

// writeTable writes facts for people.
func writeTable(w io.Writer, facts []participantFacts, zone *time.Location) error {
	var parts []string
	for i, f := range facts {
		if i == 0 || f.Recording != facts[i-1].Recording { // a room's people come one after the other
			n := slices.IndexFunc(facts[i:], func(o participantFacts) bool { return o.Recording != f.Recording })
			if n < 0 {
				n = len(facts) - i
			}
			if room := roomLines(facts[i:i+n], zone); room != nil {
				parts = append(parts, strings.Join(room, "\n")+"\n")
			}
		}
		parts = append(parts, strings.Join(participantLines(f, zone), "\n")+"\n")
	}
	_, err := io.WriteString(w, strings.Join(parts, "\n"))
	return err
}

func participantLines(f participantFacts, zone *time.Location) []string {
	lines := []string{headline(f, zone)}
	rows := [][]string{{"file", "codec", "size", "from", "to", "packets", "lost", "dup", "late", "drift", "state"}}
	names := shortNames(f.Inputs)
	tracks := f.tracks()
	for _, t := range tracks {
		name := shortName(t.File)
		if len(t.parts) > 0 {
			name += fmt.Sprintf(" +%d", len(t.parts)-1)
		} else {
			name = names[slices.IndexFunc(f.Inputs, func(in report.Input) bool { return in.File == t.File })]
		}
		rows = append(rows, row(name, t.Input))
	}
	table := columns(rows, []bool{false, false, false, true, true, true, true, true, true, true, false})
	lines = append(lines, "  "+table[0])
	for i, t := range tracks {
		lines = append(lines, "  "+table[i+1])
		if len(t.parts) > 0 {
			lines = append(lines, indented("    ", segments(t.parts))...)
		}
		for _, detail := range details(t.Input) {
			lines = append(lines, indented("    ", detail)...)
		}
	}
	for _, warning := range f.Warnings {
		if warning.Code == report.NoMedia {
			continue // the file's row says it
		}
		text := warning.Text
		for i, in := range f.Inputs {
			text = strings.ReplaceAll(text, filepath.Base(in.File), names[i])
		}
		lines = append(lines, indented("  ! ", text)...)
	}
	return lines
}

// headline names the participant, and says when and for how long.
func headline(f participantFacts, zone *time.Location) string {
	name := f.Participant
	if f.Title != "" {
		name = f.Title + ": " + name
	}
	when := "start unknown"
	if f.StartUs != 0 {
		when = time.UnixMicro(f.StartUs).In(zone).Format("2006-01-02 15:04:05.000 MST")
	}
	when += ", " + human.ClockMs(f.DurationMs)
	return spread(name, when, tableWidth)
}

func row(name string, in report.Input) []string {
	if in.Packets == 0 {
		return []string{name, in.Codec, "", "", "", "", "", "", "", "", state(in)}
	}
	size := ""
	if in.Width > 0 {
		size = fmt.Sprintf("%dx%d", in.Width, in.Height)
	}
	// Of an unknown drift the report says 0, which is never measured.
	drift := ""
	switch {
	case in.ClockHz > 0:
		drift = fmt.Sprintf("%.0f Hz", in.ClockHz)
	case in.DriftPPM != 0:
		drift = fmt.Sprintf("%+.0f ppm", in.DriftPPM)
	}
	return []string{
		name, in.Codec, size, human.ClockMs(in.OffsetMs), human.ClockMs(in.OffsetMs + in.DurationMs),
		fmt.Sprint(in.Packets), human.Share(in.Lost, in.Used+in.Lost), fmt.Sprint(in.Duplicate), fmt.Sprint(in.Late),
		drift, state(in),
	}
}

func state(in report.Input) string {
	switch {
	case in.Encrypted:
		return "encrypted"
	case in.Packets == 0 && in.Codec == "" && !strings.HasPrefix(in.Error, "cannot use"): // which is a broken header
		return "no media"
	case in.Error != "":
		return "unusable"
	case in.Truncated && !in.Complete:
		return "cut off"
	case in.DamagedBytes > 0:
		return "damaged"
	case !in.Complete:
		return "cut off"
	}
	return "complete"
}

// details are the sentences under a row: which way up, holes, and what became of packets that were not used.
func details(in report.Input) []string {
	var d []string
	if len(in.Orientation) > 0 {
		d = append(d, orientations(in.Orientation))
	}
	if len(in.Holes) > 0 {
		d = append(d, holes(in.Holes))
	}
	if in.Error != "" && state(in) == "unusable" {
		d = append(d, in.Error)
	}
	var unused []string
	for _, u := range []struct {
		n    int
		text string
	}{
		{in.Undecodable, "cannot be decoded"}, {in.Foreign, "of another sender"}, {in.NotRTP, "not RTP"},
		{in.Malformed, "malformed"}, {in.Padding, "padding only"},
	} {
		if u.n > 0 {
			unused = append(unused, fmt.Sprintf("%d %s", u.n, u.text))
		}
	}
	if len(unused) > 0 {
		d = append(d, "packets left out: "+strings.Join(unused, ", "))
	}
	return d
}

// orientations says how a receiver has to turn the pictures, and from when on.
func orientations(spans []report.Orientation) string {
	var parts []string
	for i, o := range spans {
		if len(spans) > mostInOneRow && i == mostInOneRow-1 {
			parts = append(parts, fmt.Sprintf("… and %d more changes", len(spans)-i))
			break
		}
		part := turn(o.Degrees, o.Flip)
		if i > 0 {
			part += " from " + human.ClockMs(o.TMs)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

// turn says what has to be done to show a picture upright.
func turn(degrees int, flip bool) string {
	switch {
	case degrees == 0 && !flip:
		return "upright"
	case degrees == 0:
		return "mirrored"
	case flip:
		return fmt.Sprintf("mirrored, then %d° clockwise", degrees)
	}
	return fmt.Sprintf("%d° clockwise", degrees)
}

func holes(list []report.Hole) string {
	var parts []string
	for i, h := range list {
		if len(list) > mostInOneRow && i == mostInOneRow-1 {
			parts = append(parts, fmt.Sprintf("… and %d more", len(list)-i))
			break
		}
		part := fmt.Sprintf("%s–%s (%s", human.ClockMs(h.FromMs), human.ClockMs(h.ToMs), h.Kind)
		if h.Packets > 0 {
			part += ", " + human.Count(h.Packets, "packet")
		}
		parts = append(parts, part+")")
	}
	return "no media at " + strings.Join(parts, "; ")
}

// stamp is the time that Janus puts into a file name, in µs.
var stamp = lazy.Regexp(`^.*-\d{13,}-`)

// shortNames are the file names of one participant, short but different from each other.
func shortNames(inputs []report.Input) []string {
	names := make([]string, len(inputs))
	times := make(map[string]int, len(inputs))
	for i, in := range inputs {
		names[i] = shortName(in.File)
		times[names[i]]++
	}
	for i, in := range inputs {
		if times[names[i]] > 1 {
			names[i] = filepath.Base(in.File)
		}
	}
	return names
}

func shortName(file string) string {
	name := []rune(filepath.Base(file))
	if len(name) <= longestFile {
		return string(name)
	}
	if p := stamp().FindString(string(name)); p != "" {
		name = append([]rune("…-"), []rune(strings.TrimPrefix(string(name), p))...)
	}
	if len(name) > longestFile {
		name = append([]rune("…"), name[len(name)-longestFile+1:]...)
	}
	return string(name)
}

// indented wraps text behind a prefix, further lines under the text.
func indented(prefix, text string) []string {
	width := utf8.RuneCountInString(prefix)
	lines := wrap(text, tableWidth-width)
	for i := range lines {
		if i == 0 {
			lines[i] = prefix + lines[i]
		} else {
			lines[i] = strings.Repeat(" ", width) + lines[i]
		}
	}
	return lines
}
