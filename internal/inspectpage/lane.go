package inspectpage

// lane is one picture on the time axis: a strip as wide as the axis. X and W are in percent of its width, all else is
// in CSS pixels.
type lane struct {
	Class   string
	Label   string // what it is, beside it
	Notes   []string
	Title   string // what it is, for those who do not see it
	Desc    string // what there is to see
	Height  int
	Ticks   []tick // of the axis, as lines from top to bottom
	Curves  []path
	Rects   []rect
	Lines   []line
	Figures []figure
	Words   []word
	Scale   []level
}

type rect struct {
	X, W  string
	Y, H  int
	Class string
	Title string // what it is, when one points at it
}

type line struct {
	X      string
	Y1, Y2 int
	Class  string
	Title  string
}

type word struct {
	X      string
	Y      int
	Anchor string
	Class  string
	Text   string
}

// level is a mark on a lane's own scale, beside it.
type level struct {
	At   string // where it is, in pixels from the top
	Y    int    // of the text's base line
	Text string
}

// stretch is a piece of the time axis, in percent.
type stretch struct{ from, to float64 }

func (s stretch) rect(y, h int, class, title string) rect {
	return rect{X: percent(s.from), W: percent(max(0, s.to-s.from)), Y: y, H: h, Class: class, Title: title}
}
