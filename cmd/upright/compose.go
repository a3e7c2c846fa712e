package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/upright-media/upright"
	"github.com/upright-media/upright/elements/stage"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/compose"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/room"
)

// arrangement is what can be chosen about the video of a room.
type arrangement struct {
	Layout     string   `enum:"auto,grid,speaker,single,presentation,strip-top,pip,side-by-side,vertical,float" default:"auto" placeholder:"NAME" help:"Layout: ${enum}. auto is a grid, and presentation while a screen is shared."`
	Size       string   `default:"1280x720" placeholder:"WxH" help:"Size of the video in pixels, both even, up to 3840x2160."`
	FPS        string   `name:"fps" default:"auto" placeholder:"N" help:"Pictures per second, 10 to 60; auto: as many as the cameras send, up to 30."`
	Who        []string `sep:"none" placeholder:"PATTERN" help:"Show and play only these people: an id or a name, * matches any letters. Repeat it for several. A video: or audio: prefix limits it to that medium."`
	Without    []string `sep:"none" placeholder:"PATTERN" help:"Leave these people out everywhere: pictures, sound, names, messages. Repeat it for several."`
	Names      []string `sep:"none" placeholder:"NAMES" help:"Names of people: a file (JSON, CSV, or lines 'id: name'), or ID=NAME. A file names.json beside the recordings is used by default."`
	Labels     string   `enum:"name,none" default:"name" placeholder:"WHAT" help:"Label in each picture: ${enum}."`
	Speaker    string   `enum:"border,none" default:"border" placeholder:"HOW" help:"Mark of the active speaker: ${enum}."`
	NoCamera   string   `name:"no-camera" enum:"avatar,hide" default:"avatar" placeholder:"HOW" help:"People without a picture: ${enum}. avatar shows their initials."`
	Fit        string   `enum:"auto,contain,cover,blur,stretch" default:"auto" placeholder:"HOW" help:"Fit pictures of another shape into their cells: ${enum}. auto fills the cell if less than a quarter is cut off, else blurs the rest."`
	Background string   `default:"#16181d" placeholder:"WHAT" help:"What is behind the pictures: a colour #RRGGBB, or a PNG or JPEG file that fills the canvas."`
	Logo       string   `placeholder:"FILE[@CORNER]" help:"PNG or JPEG file shown in a corner: @top-left, @top-right, @bottom-left or @bottom-right (the default). It is made smaller if it is larger than a fifth of the canvas."`
	Clock      string   `enum:"off,elapsed,wall" default:"off" placeholder:"WHICH" help:"Show a clock: ${enum}."`
	Zone       string   `default:"UTC" placeholder:"ZONE" help:"Time zone of --clock wall, such as Europe/Berlin."`
	Title      string   `placeholder:"TEXT" help:"Title, shown for the first 3 seconds."`
	Sound      string   `default:"mix" placeholder:"HOW" help:"Sound: mix; dual:USER = that user left, all others right; spread = each person where they are seen; none."`
	Loudness   string   `default:"-16" placeholder:"LUFS" help:"Loudness of the room. Each person is raised or lowered to the same loudness, by at most 9 dB. off: as recorded."`
	Trim       string   `default:"ends" placeholder:"WHAT" help:"Cut out: ends = before the first and after the last picture or word; none; empty = also times without any participant; quiet:10s = also times of that length without picture or word."`
	Max        int      `default:"25" placeholder:"N" help:"Show at most this many people at a time, up to 49; the others stay audible."`
	Chapters   string   `enum:"auto,none" default:"auto" placeholder:"WHICH" help:"Chapters for joins, shared screens and long turns: ${enum}."`
}

// defaultArrangement has the defaults that its tags name; a test compares them.
var defaultArrangement = arrangement{Layout: "auto", Size: "1280x720", FPS: "auto", Labels: "name", Speaker: "border",
	NoCamera: "avatar", Fit: "auto",
	Background: "#16181d", Clock: "off", Zone: "UTC", Sound: "mix", Loudness: "-16", Trim: "ends", Max: 25,
	Chapters: "auto"}

type composeCmd struct {
	source
	Output string `short:"o" required:"" placeholder:"DIR" help:"Folder for the videos and reports; created if missing."`
	arrangement
	options.Options
	Encoder   string `default:"auto" placeholder:"WHICH" help:"Encoder for pictures: auto (the first that works), software, nvenc, va, qsv, v4l2, or an element that upright encoders lists."`
	Strict    bool   `name:"strict-encoder" help:"Fail if the encoder that --encoder names does not work."`
	Overwrite bool   `help:"Replace existing outputs."`
	DryRun    bool   `name:"dry-run" help:"Print what would be shown, as a table, and the gst-launch-1.0 line; write nothing."`
	Progress  string `enum:"auto,bar,json,none" default:"auto" placeholder:"HOW" help:"Progress: ${enum}. auto is a bar if stderr is a terminal."`
}

// settings checks what was chosen and puts it into the terms of pipelines.
func (a *arrangement) settings(inputs []string) (s compose.Settings, err error) {
	bad := func(flag string, err error) (compose.Settings, error) {
		return s, usageError{fmt.Errorf("--%s: %w", flag, err)}
	}
	width, height, found := strings.Cut(a.Size, "x")
	w, errW := strconv.Atoi(width)
	h, errH := strconv.Atoi(height)
	if !found || errW != nil || errH != nil {
		return bad("size", fmt.Errorf("%q is no size such as 1280x720", a.Size))
	}
	s.Room = room.Options{Look: room.Look{Layout: a.Layout, Width: w, Height: h, Fit: a.Fit, Max: a.Max},
		NoCamera: a.NoCamera, Chapters: a.Chapters == "auto",
		Style: room.Style{Labels: a.Labels, Speaker: a.Speaker, Background: a.Background,
			Title: room.CleanName(a.Title), Clock: a.Clock, Zone: a.Zone}}
	if a.Max < 1 {
		return bad("max", fmt.Errorf("%d: at least one is needed", a.Max))
	}
	if a.FPS != "auto" {
		if s.Room.FPS, err = strconv.ParseFloat(a.FPS, 64); err != nil {
			return bad("fps", fmt.Errorf("%q is neither auto nor a number", a.FPS))
		}
	}
	if s.Room.Trim, err = room.ParseTrim(a.Trim); err != nil {
		return bad("trim", err)
	}
	if err := a.pictures(&s.Room.Style); err != nil {
		return s, err
	}
	if _, err := time.LoadLocation(a.Zone); err != nil {
		return bad("zone", fmt.Errorf("%q is no time zone such as Europe/Berlin", a.Zone))
	}
	if a.Loudness != "off" {
		if s.Loudness, err = strconv.ParseFloat(a.Loudness, 64); err != nil || s.Loudness == compose.LoudnessOff {
			return bad("loudness", fmt.Errorf("%q is neither off nor a number of LUFS such as -16", a.Loudness))
		}
	}
	s.Sound = a.Sound
	s.Filter = room.Filter{Who: a.Who, Without: a.Without}
	if s.Names, err = a.names(inputs); err != nil {
		return bad("names", err)
	}
	if err := s.Check(); err != nil {
		return s, usageError{err}
	}
	return s, nil
}

// colour is one as flags and scores have it.
var colour = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// pictures checks what is drawn around the people.
func (a *arrangement) pictures(s *room.Style) (err error) {
	check := func(flag, file, instead string) (path string) {
		if err != nil {
			return ""
		}
		if _, err = stage.ReadPicture(file); err != nil {
			err = usageError{fmt.Errorf("--%s: %w%s", flag, err, instead)}
			return ""
		}
		if path, err = filepath.Abs(file); err != nil {
			err = usageError{err}
		}
		return path
	}
	if !colour.MatchString(a.Background) {
		s.Background = defaultArrangement.Background
		s.Backdrop = check("background", a.Background, "; give a file, or a colour such as #16181d")
	}
	if a.Logo != "" {
		file, corner := a.Logo, "bottom-right"
		for _, c := range room.Corners {
			if f, found := strings.CutSuffix(a.Logo, "@"+c); found {
				file, corner = f, c
			}
		}
		s.Logo, s.LogoAt = check("logo", file, ""), corner
	}
	return err
}

// names are those of files and of the command line.
func (a *arrangement) names(inputs []string) (room.Names, error) {
	all := room.Names{}
	read := func(path string) error {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		names, err := room.ParseNames(f)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for id, n := range names {
			all[id] = n
		}
		return nil
	}
	for _, in := range inputs {
		if info, err := os.Stat(in); err == nil && !info.IsDir() {
			in = filepath.Dir(in)
		}
		if err := read(filepath.Join(in, "names.json")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	for _, n := range a.Names {
		id, name, pair := strings.Cut(n, "=")
		if _, err := os.Stat(n); err == nil || !pair {
			if err := read(n); err != nil {
				return nil, err
			}
			continue
		}
		all[id] = name
	}
	return all, nil
}

// composed is a recording and what was found with it.
type composed struct {
	*recording.Recording
	lost []*recording.File
}

// rooms finds the recordings. Files that belong to nobody go with the recording of the same room.
func (s *source) rooms() ([]composed, []*recording.File, error) {
	recordings, bad, err := upright.Find(s.Inputs...)
	if err != nil && len(recordings) == 0 && len(bad) == 0 {
		return nil, nil, err
	}
	list := make([]composed, len(recordings))
	for i, r := range recordings {
		list[i].Recording = r
	}
	var rest []*recording.File
	for _, f := range bad {
		i := slices.IndexFunc(list, func(r composed) bool {
			return slices.ContainsFunc(r.Participants, func(p *recording.Participant) bool {
				return slices.ContainsFunc(p.Tracks, func(t *recording.File) bool {
					return filepath.Dir(t.Path) == filepath.Dir(f.Path)
				})
			}) && (len(list) == 1 || r.Room != "" && strings.Contains(filepath.Base(f.Path), "-"+r.Room+"-"))
		})
		if i >= 0 {
			list[i].lost = append(list[i].lost, f)
		} else {
			rest = append(rest, f)
		}
	}
	return list, rest, err
}

func (cmd *composeCmd) Run(ctx context.Context, c *console) error {
	if cmd.Output == "" {
		return usageError{errors.New("--output: the folder's name is empty")}
	}
	settings, err := cmd.settings(cmd.Inputs)
	if err != nil {
		return err
	}
	if err := checkOrientationID(cmd.OrientationID); err != nil {
		return err
	}
	settings.Options = cmd.Options
	request := encoders.Request{Encoder: cmd.Encoder, Strict: cmd.Strict}
	if err := request.Check(); err != nil {
		return usageError{fmt.Errorf("--%w", err)}
	}
	settings.Encoders, settings.OutputDir, settings.Overwrite = newSelector(request), cmd.Output, cmd.Overwrite
	rooms, bad, err := cmd.rooms()
	if err != nil {
		return err
	}
	if cmd.DryRun {
		return planRooms(ctx, c, rooms, settings)
	}
	if len(rooms) > 0 {
		if err := makeOutputFolder(cmd.Output); err != nil {
			return err
		}
	}
	tell := newReporter(cmd.Progress, c)
	var total summary
	began := time.Now()
	finish := func(j job, r result) {
		tell.finish(j, r)
		total.add(r)
	}
	for _, f := range bad {
		u := unusable{f}
		finish(u.job(), u.result())
	}
	for _, r := range rooms {
		if ctx.Err() != nil {
			break
		}
		j := job{recording: r.Name, participant: r.Name}
		for _, p := range r.Participants {
			for _, t := range p.Tracks {
				j.inputs = append(j.inputs, t.Path)
			}
		}
		tell.start(j)
		rep, err := compose.Room(ctx, r.Recording, r.lost, settings,
			func(done pipelines.Progress) { tell.progress(j, done) })
		res := result{mode: rep.Plan.Mode, warnings: rep.Warnings, report: filepath.Join(cmd.Output, r.Name+".json")}
		for _, o := range rep.Outputs {
			res.outputs = append(res.outputs, filepath.Join(cmd.Output, o.File))
		}
		switch {
		case err == nil:
		case errors.Is(err, context.Canceled):
			res = result{outcome: failed, err: errStopped}
		case errors.Is(err, plan.ErrNoMedia):
			res.outcome, res.err = empty, oneLine{err}
		default:
			res.outcome, res.err = failed, oneLine{err}
		}
		finish(j, res)
	}
	total.Status, total.took = total.exit(ctx), time.Since(began)
	tell.end(total)
	return ending(total.Status)
}

// errPlanned ends a composition that was only to be planned.
var errPlanned = errors.New("planned")

// planRooms says what compose would show.
func planRooms(ctx context.Context, c *console, rooms []composed, settings compose.Settings) error {
	work, err := os.MkdirTemp("", "upright-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	settings.WorkDir, settings.Threads = work, runtime.GOMAXPROCS(0)
	var total summary
	for _, r := range rooms {
		settings.Composed = func(s *room.Score, line string) error {
			writeScore(c.stdout, r.Name, s, line)
			return errPlanned
		}
		rep, err := compose.Room(ctx, r.Recording, r.lost, settings, nil)
		for _, w := range rep.Warnings {
			fmt.Fprintln(c.stdout, "# warning: "+w.Text)
		}
		switch {
		case errors.Is(err, errPlanned):
			total.Done++
		case ctx.Err() != nil:
			return errStopped
		case errors.Is(err, plan.ErrNoMedia):
			total.Empty++
			fmt.Fprintf(c.stdout, "# %s: cannot be made: %v\n", r.Name, err)
		default:
			total.Failed++
			fmt.Fprintf(c.stdout, "# %s: cannot be made: %v\n", r.Name, err)
		}
	}
	return ending(total.exit(ctx))
}

// writeScore writes a score as a table, and the line that plays it.
func writeScore(w io.Writer, name string, s *room.Score, line string) {
	called := map[string]string{}
	for _, p := range s.People {
		called[p.ID] = p.Name
	}
	at := func(ms float64) string {
		return fmt.Sprintf("%d:%02d:%06.3f", int(ms)/3_600_000, int(ms)/60_000%60, float64(int(ms)%60_000)/1000)
	}
	size := "sound only"
	if s.Canvas != nil {
		size = fmt.Sprintf("%dx%d, %g pictures per second", s.Canvas.Width, s.Canvas.Height, s.Canvas.FPS)
	}
	fmt.Fprintf(w, "# %s: %s, %s\n#\n", name, at(s.DurationMs), size)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "# from\tto\tlayout\twho")
	for _, a := range s.Spans {
		var who []string
		for _, r := range a.Regions {
			n := called[r.Person]
			switch r.Source {
			case room.Screen, room.Avatar:
				n += " (" + string(r.Source) + ")"
			case room.More:
				n = fmt.Sprintf("+%d", r.Count)
			case room.Camera:
			}
			who = append(who, n)
		}
		fmt.Fprintf(t, "# %s\t%s\t%s\t%s\n", at(a.From), at(a.To), a.Layout, strings.Join(who, ", "))
	}
	_ = t.Flush()
	if line != "" {
		fmt.Fprintf(w, "#\ngst-launch-1.0 %s\n", line)
	}
}
