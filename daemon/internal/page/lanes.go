package page

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/pipelines/report"
)

// lane is one input on an output's time line.
type lane struct {
	Name   string
	File   string
	Pieces []piece
}

// piece is a part of a lane, in percent of the output's duration.
type piece struct {
	Kind     string // "media", or "hole" and what kind of
	From, To float64
	Text     string // for people who point at it
	Label    string // written on it, if there is room
	// Clear is the widest part of it that no hole covers, in percent of itself: for its figure and label
	Clear part
	AtMs  float64

	Turn    bool // it says which way up pictures were recorded:
	Degrees int  // turned clockwise by so much they are upright,
	Flip    bool // mirrored before that
}

// part is from one place on a line to another, in percent of it.
type part struct{ From, To float64 }

// Width is how wide it is.
func (p part) Width() float64 { return math.Round(100*(p.To-p.From)) / 100 }

// clear is the widest part of a piece that none of the others covers.
func (p piece) clear(others []piece) part {
	best, at := part{}, p.From
	holes := slices.Clone(others)
	slices.SortFunc(holes, func(a, b piece) int { return cmp.Compare(a.From, b.From) })
	free := func(to float64) {
		if to = min(to, p.To); to-at > best.To-best.From {
			best = part{at, to}
		}
	}
	for _, h := range holes {
		if h.From+h.Width() > p.From && h.From < p.To {
			free(h.From)
			at = max(at, h.From+h.Width())
		}
	}
	free(p.To)
	whole := p.To - p.From
	if whole <= 0 {
		return part{0, 100}
	}
	if best.To <= best.From {
		return part{}
	}
	percent := func(x float64) float64 { return math.Round(10000*(x-p.From)/whole) / 100 }
	return part{percent(best.From), percent(best.To)}
}

// Width is how wide a piece is drawn; what is short must still be seen.
func (p piece) Width() float64 { return max(math.Round(100*(p.To-p.From))/100, 0.3) }

// key says what a colour means.
type key struct{ Kind, Text string }

// holeTexts say what a hole is.
var holeTexts = map[string]string{
	"silent": "nothing was sent", "frozen": "the recording stood still", "jump": "the sender's clock jumped",
	"loss": "packets were lost",
}

// media are the kinds of media that codecs are of.
var media = map[string]string{
	"h264": "video", "h265": "video", "vp8": "video", "vp9": "video", "av1": "video",
	"opus": "audio", "multiopus": "audio", "g711": "audio", "pcmu": "audio", "pcma": "audio", "g722": "audio",
	"l16-48": "audio", "l16": "audio",
	"text": "text",
}

// lanes lays inputs out on the time line of an output that has begun trimmed ms into them and lasts total ms.
func lanes(rep *report.Report, trimmed, total float64, only string) (list []lane) {
	place := func(p piece, from, to float64) piece {
		percent := func(ms float64) float64 { return math.Round(10000*min(max((ms-trimmed)/total, 0), 1)) / 100 }
		p.From, p.To, p.AtMs = percent(from), percent(to), math.Round(min(max(from-trimmed, 0), total))
		return p
	}
	for _, in := range rep.Inputs {
		kind := cmp.Or(media[strings.ToLower(in.Codec)], "media")
		if in.DurationMs <= 0 || only != "" && kind != only {
			continue
		}
		end := in.OffsetMs + in.DurationMs
		l := lane{Name: strings.TrimSpace(kind + " " + in.Codec), File: in.File}
		if len(in.Orientation) == 0 {
			l.Pieces = append(l.Pieces, place(piece{Kind: "media", Text: in.File}, in.OffsetMs, end))
		}
		for i, o := range in.Orientation {
			to := end
			if i+1 < len(in.Orientation) {
				to = in.Orientation[i+1].TMs
			}
			text, label := "recorded upright", "upright"
			if o.Degrees != 0 {
				text, label = fmt.Sprintf("has to be turned clockwise by %d°", o.Degrees), fmt.Sprintf("turn %d°",
					o.Degrees)
			}
			if o.Flip {
				text, label = text+", mirrored", label+", mirrored"
			}
			p := place(piece{Kind: "media", Turn: true, Degrees: o.Degrees, Flip: o.Flip}, o.TMs, to)
			p.Text = fmt.Sprintf("%s to %s: %s", human.ClockMs(o.TMs-trimmed), human.ClockMs(to-trimmed), text)
			p.Label = label
			l.Pieces = append(l.Pieces, p)
		}
		media := len(l.Pieces)
		for _, h := range in.Holes {
			p := place(piece{Kind: "hole " + h.Kind}, h.FromMs, h.ToMs)
			p.Text = fmt.Sprintf("%s to %s: %s", human.ClockMs(h.FromMs-trimmed), human.ClockMs(h.ToMs-trimmed),
				cmp.Or(holeTexts[h.Kind], h.Kind))
			if h.Packets > 0 {
				p.Text += fmt.Sprintf(" (%s)", human.Count(h.Packets, "packet"))
			}
			l.Pieces = append(l.Pieces, p)
		}
		for i := range l.Pieces[:media] {
			if p := &l.Pieces[i]; p.Turn {
				p.Clear = p.clear(l.Pieces[media:])
				if (p.To-p.From)*p.Clear.Width()/100 < 14 {
					p.Label = "" // there is no room for it
				}
			}
		}
		list = append(list, l)
	}
	return list
}

// keyOf explains the kinds of pieces that lanes have.
func keyOf(list []lane) (keys []key, turns bool) {
	late := false
	have := map[string]bool{}
	for _, l := range list {
		for i, p := range l.Pieces {
			have[strings.TrimPrefix(p.Kind, "hole ")] = true
			turns = turns || p.Turn
			late = late || i == 0 && p.From > 0.5
		}
	}
	if late {
		keys = append(keys, key{"none", "not there yet, or not any more"})
	}
	for _, kind := range []string{"silent", "frozen", "jump", "loss"} {
		if have[kind] {
			keys = append(keys, key{kind, holeTexts[kind]})
		}
	}
	return keys, turns
}

// ticks are times written below a time line at equal distances, the first at its beginning and the last at its end.
func ticks(total float64) []string {
	const n = 5
	list := make([]string, n)
	for i := range list {
		ms := total * float64(i) / (n - 1)
		s := int(math.Round(ms / 1000))
		switch {
		case total >= 3600e3:
			list[i] = fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
		case total >= 60e3:
			list[i] = fmt.Sprintf("%d:%02d", s/60, s%60)
		default:
			list[i] = fmt.Sprintf("%.1f s", ms/1000)
		}
	}
	return list
}
