package page

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/pipelines/report"
)

// rooms is the list of rooms, a page at a time.
func (s *site) rooms(w http.ResponseWriter, q *http.Request) {
	a := askedOf(q.URL.Query())
	a = asked{Text: a.Text, Page: a.Page}
	from := (a.Page - 1) * perPage
	list, total, err := api.Rooms(q.Context(), s.backend, api.RoomFilter{Text: a.Text, Limit: perPage, Offset: from})
	if err != nil {
		s.problem(w, q, http.StatusServiceUnavailable, err)
		return
	}
	s.write(w, q, http.StatusOK, frame{title: "Rooms – Upright"}, roomList{a, list,
		extent{min(total, from+1), min(total, from+perPage), total, a.pages("rooms", total)}}.page())
}

// room is one room: its video, who spoke when, and the people's own videos.
func (s *site) room(w http.ResponseWriter, q *http.Request) {
	d, err := api.Detail(q.Context(), s.backend, q.PathValue("room"), q.URL.Query().Get("watch"))
	if err != nil {
		s.roomProblem(w, q, err)
		return
	}
	status, err := s.backend.Status(q.Context())
	if err != nil {
		s.problem(w, q, http.StatusServiceUnavailable, err)
		return
	}
	s.write(w, q, http.StatusOK, frame{title: d.Title + " – Upright", refresh: d.State != string(job.Done)},
		roomPage{d, roomViewOf(d), status.Layouts}.page())
}

// compose is what the button of a room does: its video is made, anew if there is one.
func (s *site) compose(w http.ResponseWriter, q *http.Request) {
	q.Body = http.MaxBytesReader(w, q.Body, 64<<10)
	c := api.Composition{Layout: q.PostFormValue("layout"), Watch: q.PostFormValue("watch"), Again: true}
	r, err := api.FindRoom(q.Context(), s.backend, q.PathValue("room"), c.Watch)
	if err == nil {
		_, err = s.backend.Compose(q.Context(), r, c)
	}
	if err != nil {
		s.roomProblem(w, q, err)
		return
	}
	api.Redirect(w, q, roomLink(r))
}

func (s *site) roomProblem(w http.ResponseWriter, q *http.Request, err error) {
	status := http.StatusServiceUnavailable
	switch {
	case errors.Is(err, queue.ErrNotFound):
		status = http.StatusNotFound
	case errors.Is(err, queue.ErrState):
		status = http.StatusConflict
	case errors.Is(err, api.ErrBadRequest):
		status = http.StatusBadRequest
	}
	s.problem(w, q, status, err)
}

// composing is the newest job that composes a room and has not ended; nil if there is none.
func composing(r api.Room) *api.RoomJob {
	for i := range r.Jobs {
		if !r.Jobs[i].State.Ended() {
			return &r.Jobs[i]
		}
	}
	return nil
}

// roomLink is the address of a room's page. Two watch folders may have the same room.
func roomLink(r api.Room) string {
	return "rooms/" + url.PathEscape(r.ID) + "?" + url.Values{"watch": {r.Watch}}.Encode()
}

// composeLink is the address of the button that composes a room.
func composeLink(r api.Room) string { return "rooms/" + url.PathEscape(r.ID) + "/compose" }

// roomPoster is the address of a small picture of a room's newest video, "" if there is none.
func roomPoster(r api.Room) string {
	for _, j := range r.Jobs {
		if p := poster(j.ID, j.Outputs); p != "" {
			return p
		}
	}
	return ""
}

// roomView is what a room's page shows along the time of its video.
type roomView struct {
	Video    string // address of it, "": there is none
	File     string // its name
	Job      string // that made it
	Layout   string
	Poster   string // address of a small picture of it, "": there is none
	TotalMs  float64
	Lanes    []roomLane
	Ticks    []string
	Chapters []moment
	Chat     []moment
	Warnings []report.Warning
}

// roomLane is one of the people: when they were there, and when they spoke.
type roomLane struct {
	Name    string
	Spoke   string // how long, in words
	Present []piece
	Talks   []piece
}

// facts are what stands below a room's video.
func (v roomView) facts() string {
	s := human.ClockMs(v.TotalMs)
	if v.Layout != "" {
		s += ", layout " + v.Layout
	}
	return s + "."
}

// title says who it is, and how long they spoke.
func (l roomLane) title() string {
	if l.Spoke == "" {
		return l.Name
	}
	return l.Name + ", " + l.Spoke
}

// moment is something at a time that one can jump to.
type moment struct {
	AtMs   float64
	Clock  string
	Person string
	Text   string
}

// roomViewOf lays a room's report out in time. Without one there is still the video.
func roomViewOf(d api.RoomDetail) (v roomView) {
	v.Video = strings.TrimPrefix(d.Video, "/")
	for _, j := range d.Jobs {
		if len(j.Outputs) > 0 && !j.Outputs[0].Removed {
			v.File, v.Job, v.TotalMs = filepath.Base(j.Outputs[0].File), j.ID, j.Outputs[0].DurationMs
			v.Layout = j.Layout
			v.Poster = poster(j.ID, j.Outputs)
			break
		}
	}
	r, ok := report.ParseRoom(d.Report)
	if !ok {
		return v
	}
	if v.TotalMs <= 0 && len(r.Outputs) > 0 {
		v.TotalMs = r.Outputs[0].DurationMs
	}
	v.Warnings = r.Warnings
	if v.TotalMs <= 0 {
		return v
	}
	names := map[string]string{}
	for _, p := range r.People {
		names[p.ID] = cmp.Or(p.Name, p.ID)
	}
	for _, p := range r.People {
		l := roomLane{Name: names[p.ID]}
		if p.TalkMs > 0 {
			l.Spoke = "spoke for " + human.ClockMs(p.TalkMs)
		}
		for _, at := range p.Present {
			l.Present = append(l.Present, v.piece("media", at.From, at.To, "there"))
		}
		for _, t := range r.Talks {
			if t.Person == p.ID {
				l.Talks = append(l.Talks, v.piece("talk", t.From, t.To, "speaks"))
			}
		}
		v.Lanes = append(v.Lanes, l)
	}
	v.Ticks = ticks(v.TotalMs)
	for _, c := range r.Chapters {
		v.Chapters = append(v.Chapters, v.moment(c.At, "", c.Title))
	}
	for _, c := range r.Chat {
		v.Chat = append(v.Chat, v.moment(c.AtMs, cmp.Or(names[c.Person], c.Person), c.Text))
	}
	return v
}

func (v roomView) piece(kind string, from, to float64, what string) piece {
	percent := func(ms float64) float64 { return math.Round(10000*min(max(ms/v.TotalMs, 0), 1)) / 100 }
	return piece{Kind: kind, From: percent(from), To: percent(to), AtMs: v.moment(from, "", "").AtMs,
		Text: fmt.Sprintf("%s to %s: %s", human.ClockMs(from), human.ClockMs(to), what)}
}

func (v roomView) moment(at float64, person, text string) moment {
	at = math.Round(min(max(at, 0), v.TotalMs))
	return moment{at, human.ClockMs(at), person, text}
}
