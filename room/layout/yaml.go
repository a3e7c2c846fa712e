package layout

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// YAML writes a layout as upright.yaml has it, in lines below its name.
func (l Layout) YAML(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "layouts:\n  %s:\n", name)
	for _, r := range l {
		lead := "    - "
		if w := r.When; w != nil {
			f := flow{}
			f.list("screen", w.Screen)
			f.text("people", w.People.String())
			f.list("who", w.Who)
			f.list("speaking", w.Speaking)
			fmt.Fprintf(&b, "%swhen: %s\n", lead, f)
			lead = "      "
		}
		fmt.Fprintf(&b, "%sregions:\n", lead)
		for _, g := range r.Regions {
			fmt.Fprintf(&b, "        - %s\n", g.flow())
		}
	}
	return b.String()
}

// flow is a mapping in one line, as YAML's flow style has it.
type flow []string

func (f flow) String() string { return "{" + strings.Join(f, ", ") + "}" }

func (f *flow) add(key, value string) { *f = append(*f, key+": "+value) }

// text adds a word that needs no quotes.
func (f *flow) text(key, value string) {
	if value != "" {
		f.add(key, value)
	}
}

// quoted adds text that may hold anything: JSON's strings are YAML's.
func (f *flow) quoted(key, value string) {
	if value != "" {
		f.add(key, quote(value))
	}
}

func (f *flow) list(key string, values []string) {
	switch len(values) {
	case 0:
	case 1:
		f.quoted(key, values[0])
	default:
		quoted := make([]string, len(values))
		for i, v := range values {
			quoted[i] = quote(v)
		}
		f.add(key, "["+strings.Join(quoted, ", ")+"]")
	}
}

func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil { // there is no string that it does not write
		return `""`
	}
	return string(text)
}

// flow is a region in one line.
func (g Region) flow() flow {
	at := make([]string, len(g.At))
	for i, l := range g.At {
		at[i] = l.String()
	}
	f := flow{"at: [" + strings.Join(at, ", ") + "]"}
	if g.Z != 0 {
		f.add("z", strconv.Itoa(g.Z))
	}
	f.text("take", g.Take)
	f.list("who", g.Who)
	f.list("not", g.Not)
	f.list("order", g.Order)
	f.text("grid", g.Grid.String())
	if len(g.Skip) > 0 {
		f.add("skip", strings.Join(strings.Fields(fmt.Sprint(g.Skip)), ", "))
	}
	f.text("keep", g.Keep)
	f.text("fit", g.Fit)
	f.text("gap", g.Gap.String())
	f.text("round", g.Round.String())
	f.quoted("border", g.Border)
	f.quoted("background", g.Background)
	f.text("label", g.Label)
	f.quoted("empty", g.Empty)
	return f
}
