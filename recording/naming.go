package recording

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxLabelBytes bounds a label: with the longest name and an extension it is still a file name.
const maxLabelBytes = 60

// Draft is a recording whose Name and whose participants' Names are wishes: others may have them, too, and they may be
// any text. A source makes drafts, and may use them again, since Name copies what it changes.
type Draft struct {
	*Recording
	Folder string // where its files are
}

// Name gives recordings and participants their names. Names are distinct, also on systems that do not tell a from A,
// and so are the outputs "<name>-<label>" of further videos. The oldest has the plain name, so that what is recorded
// later changes no name of what was recorded before.
func Name(drafts []*Draft) []*Recording {
	drafts = slices.Clone(drafts)
	slices.SortFunc(drafts, func(a, b *Draft) int {
		return cmp.Or(cmp.Compare(a.StartUs, b.StartUs), cmp.Compare(a.Folder, b.Folder), cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Participants[0].Tracks[0].Path, b.Participants[0].Tracks[0].Path))
	})
	recordings := names{}
	outputs := names{}
	var done []*Recording
	for _, d := range drafts {
		date := ""
		if d.StartUs > 0 && recordings.taken(fit(wish(d.Name), "", maxNameBytes)) {
			date = time.UnixMicro(d.StartUs).UTC().Format("-20060102-150405")
		}
		// A draft may be used again, when it has other neighbours.
		r := *d.Recording
		r.Name = recordings.take(wish(d.Name), date, nil)
		r.Title = cmp.Or(d.Title, r.Name)
		r.Participants = make([]*Participant, len(d.Participants))
		for i, p := range d.Participants {
			session := ""
			if p.Session > 1 {
				session = "-" + strconv.Itoa(p.Session)
			}
			named := *p
			named.Stem = fit(wish(p.Name), session, maxNameBytes)
			named.Name = outputs.take(wish(p.Name), date+session, p.videoLabels())
			r.Participants[i] = &named
		}
		r.People = people(d.People, d.Participants, r.Participants)
		done = append(done, &r)
	}
	return done
}

// wish makes a name of a text that may have none.
func wish(text string) string { return cmp.Or(safeName(text), "recording") }

// people are the same people with other participants.
func people(all []*Person, before, now []*Participant) []*Person {
	with := map[*Participant]*Participant{}
	for i, p := range before {
		with[p] = now[i]
	}
	same := make([]*Person, len(all))
	for i, person := range all {
		same[i] = &Person{User: person.User}
		for _, p := range person.Participants {
			same[i].Participants = append(same[i].Participants, with[p])
		}
	}
	return same
}

// names are those given so far, in lower case.
type names map[string]bool

func (n names) taken(name string) bool { return n[strings.ToLower(name)] }

// take gives out name+ending, with .2, .3, … behind it if that is taken. labels are the endings of further outputs.
func (n names) take(name, ending string, labels []string) string {
	for i := 1; ; i++ {
		number := ""
		if i > 1 {
			number = "." + strconv.Itoa(i)
		}
		full := fit(name, ending+number, maxNameBytes)
		if n.taken(full) || slices.ContainsFunc(labels, func(l string) bool { return n.taken(full + "-" + l) }) {
			continue
		}
		n[strings.ToLower(full)] = true
		for _, l := range labels {
			n[strings.ToLower(full+"-"+l)] = true
		}
		return full
	}
}

// Label is what to call a file among several of the same medium: the description that the publisher gave it ("screen"),
// else its medium and m-line index ("video-2"). It is safe as part of a file name.
func (f *File) Label() string {
	if label := fit(safeName(f.Info.Description), "", maxLabelBytes); label != "" {
		return label
	}
	medium := "track"
	switch f.Medium {
	case Audio:
		medium = "audio"
	case Video:
		medium = "video"
	case Data:
		medium = "data"
	}
	if f.Line < 0 {
		return medium
	}
	return fmt.Sprintf("%s-%d", medium, f.Line)
}

// Labels are the labels of Tracks, made distinct: a label that came before gets the m-line index or a number behind it.
func (p *Participant) Labels() []string {
	given := names{}
	labels := make([]string, len(p.Tracks))
	for i, f := range p.Tracks {
		label := f.Label()
		if given.taken(label) && f.Line >= 0 && f.Info.Description != "" {
			label = fit(label, "-"+strconv.Itoa(f.Line), maxLabelBytes)
		}
		labels[i] = given.take(label, "", nil)
	}
	return labels
}

// videoLabels are the labels of the videos, if there is more than one.
func (p *Participant) videoLabels() []string {
	videos := 0
	for _, f := range p.Tracks {
		if f.Medium == Video {
			videos++
		}
	}
	if videos < 2 {
		return nil
	}
	var labels []string
	for i, label := range p.Labels() {
		if p.Tracks[i].Medium == Video {
			labels = append(labels, label)
		}
	}
	return labels
}
