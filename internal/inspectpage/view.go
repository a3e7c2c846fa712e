package inspectpage

import (
	"fmt"
	"strings"

	"github.com/upright-media/upright/internal/human"
)

// The page as the template draws it: words that are ready to be read, and lanes.
type pageView struct {
	Heading    string
	Summary    string
	Unusable   []string
	Contents   []*participantView // nil if there is only one
	Recordings []recordingView
}

type recordingView struct {
	Title, Name  string
	Everybody    *everybodyView // nil where there is only one, or where it is not known when
	Participants []*participantView
}

type participantView struct {
	ID       string
	Name     string
	When     string
	StartUs  int64
	LengthNs int64 // of the axis
	Length   string
	Files    string
	Warnings []warningView
	Ticks    []tick // nil where there is nothing to draw
	Tracks   []trackView
	Accounts []account
}

type warningView struct{ Code, Text, Help string }

type trackView struct {
	Kind    string
	Name    string
	File    string
	Facts   []string
	State   string
	Problem string
	Lanes   []lane
	Turns   []change // nil where there is only one
	Sizes   []change
	Holes   []string // by kind
	List    []change // each
}

// view turns a page into what the template draws.
func (p *Page) view() (*pageView, error) {
	v := &pageView{Heading: "What is in these recordings"}
	var participants []*participantView
	files := 0
	for _, r := range p.Recordings {
		rv := recordingView{Title: human.Line(r.Title), Name: human.Line(r.Name)}
		if rv.Title == "" {
			rv.Title = rv.Name
		}
		for i := range r.Participants {
			who := &r.Participants[i]
			pv, err := who.view(fmt.Sprintf("p%d", len(participants)+1))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", who.Name, err)
			}
			files += len(who.Tracks)
			participants = append(participants, pv)
			rv.Participants = append(rv.Participants, pv)
		}
		rv.Everybody = r.everybody(fmt.Sprintf("r%d", len(v.Recordings)+1))
		v.Recordings = append(v.Recordings, rv)
	}
	for _, u := range p.Unusable {
		v.Unusable = append(v.Unusable, human.Line(u))
	}
	if len(participants) > 1 {
		v.Contents = participants
	}
	if len(p.Recordings) == 1 {
		v.Heading = v.Recordings[0].Title
	}
	v.Summary = strings.Join([]string{count(len(p.Recordings), "recording"), count(len(participants), "participant"),
		count(files, "file")}, ", ")
	return v, nil
}

func (p *Participant) view(id string) (*participantView, error) {
	a := newAxis(p)
	v := &participantView{ID: id, Name: human.Line(p.Name), When: "start unknown", Length: human.Clock(p.Duration),
		LengthNs: int64(a.length),
		Files:    count(len(p.Tracks), "file"), Ticks: a.ticks()}
	switch {
	case !p.Start.IsZero():
		v.When, v.StartUs = instant(p.Start), p.Start.UnixMicro()
	case !p.Created.IsZero():
		v.When = "recorder created " + instant(p.Created)
	}
	for _, w := range p.Warnings {
		v.Warnings = append(v.Warnings, warningView{human.Line(w.Code), human.Line(w.Text), human.Line(w.Help)})
	}
	names := trackNames(p.Tracks)
	for i := range p.Tracks {
		t := &p.Tracks[i]
		tv, err := t.view(a, names[i])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.File, err)
		}
		v.Tracks = append(v.Tracks, tv)
		if t.Problem == "" {
			v.Accounts = append(v.Accounts, newAccount(names[i], t))
		}
	}
	if len(v.Accounts) == 0 {
		v.Ticks = nil // nothing to draw
	}
	for i := range v.Tracks {
		for k := range v.Tracks[i].Lanes {
			v.Tracks[i].Lanes[k].Ticks = v.Ticks
		}
	}
	return v, nil
}

// facts are what stands behind a participant's name in the table of contents.
func (v *participantView) facts() string {
	s := v.When + ", " + v.Length
	if len(v.Warnings) > 0 {
		s += fmt.Sprintf(", %d ⚠", len(v.Warnings))
	}
	return s
}

// trackNames name the tracks by what they are: camera and microphone are not known, video and audio are.
func trackNames(tracks []Track) []string {
	names := make([]string, len(tracks))
	of := map[string]int{}
	for i := range tracks {
		names[i] = kindClass(tracks[i].Kind)
		of[names[i]]++
	}
	seen := map[string]int{}
	for i, name := range names {
		seen[name]++
		if of[name] > 1 {
			names[i] += fmt.Sprintf(" %d", seen[name])
		}
	}
	return names
}

func (t *Track) view(a axis, name string) (trackView, error) {
	v := trackView{Kind: kindClass(t.Kind), Name: name, File: human.Line(t.File), State: human.Line(t.State),
		Problem: human.Line(t.Problem)}
	v.Facts = t.facts()
	if t.Problem != "" {
		return v, nil
	}
	v.Lanes = append(v.Lanes, barLane(a, t))
	for _, draw := range []func(axis, *Track) (*lane, error){lossLane, rateLane} {
		l, err := draw(a, t)
		if err != nil {
			return v, err
		}
		if l != nil {
			v.Lanes = append(v.Lanes, *l)
		}
	}
	for _, l := range []*lane{turnsLane(a, t), sizesLane(a, t)} {
		if l != nil {
			v.Lanes = append(v.Lanes, *l)
		}
	}
	l, err := delayLane(a, t)
	if err != nil {
		return v, err
	}
	if l != nil {
		v.Lanes = append(v.Lanes, *l)
	}
	if len(t.Orientations) > 1 {
		v.Turns = turnChanges(t)
	}
	if len(t.Sizes) > 1 {
		v.Sizes = sizeChanges(t)
	}
	for _, s := range holeSums(t.Holes) {
		v.Holes = append(v.Holes, s.String())
	}
	v.List = holeList(t)
	return v, nil
}

// facts are what stands beside a track's bar.
func (t *Track) facts() []string {
	var facts []string
	add := func(s string) {
		if s != "" {
			facts = append(facts, s)
		}
	}
	add(human.Line(t.Codec))
	if len(t.Sizes) > 0 {
		add(sizeText(t.Sizes[0]))
	}
	if t.Description != "" {
		add("“" + human.Line(t.Description) + "”")
	}
	if t.Bytes > 0 {
		add(human.Size(t.Bytes))
	}
	if t.DamagedBytes > 0 {
		add(human.Size(t.DamagedBytes) + " damaged")
	}
	if t.Units > 0 {
		add(count(t.Units, unitName(t.Kind)))
	}
	if t.Master {
		add("its clock is the time axis")
	}
	return facts
}

// mostHoles is how many holes are listed one by one.
const mostHoles = 40

func holeList(t *Track) []change {
	var list []change
	for i, h := range t.Holes {
		if i == mostHoles {
			list = append(list, change{"…", fmt.Sprintf("and %d more", len(t.Holes)-i)})
			break
		}
		c := change{Time: human.Clock(h.From) + " – " + human.Clock(h.To), What: human.Line(string(h.Kind)) + ", " +
			human.Clock(max(0, h.To-h.From))}
		if h.Packets > 0 {
			c.What += ", " + count(h.Packets, "packet") + " missing"
		}
		list = append(list, c)
	}
	return list
}
