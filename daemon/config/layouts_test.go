package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/room/layout"
)

// withLayout is a configuration with these lines as the layout a, of which the first is line 3.
func withLayout(lines ...string) string {
	return "layouts:\n  a:\n" + strings.Join(lines, "\n") + "\n"
}

const rest = "    - regions: [{at: [0, 0, 100%, 100%], grid: auto}]"

var layoutsOnly = Known{ProfilesOnly: true}

func TestLayouts(t *testing.T) {
	c, _, err := Parse([]byte(withLayout(
		`    - when: {screen: ["1001", "A*"], people: 2..4, who: Bob, speaking: none}`,
		`      regions:`,
		`        - {at: [0, 0, 75%, 100%], take: screen, order: newest, fit: contain, z: -1}`,
		`        - {at: [960, 0px, 25%, 100%], grid: 6x1, skip: [3], keep: longest, gap: 0, round: 2%, border: "4 #ffffff",`,
		`           order: [Alice, "*"], not: [Bob], label: none, empty: pictures/a.png, background: "#102030"}`, rest)),
		"/etc", nil, layoutsOnly)
	require.NoError(t, err)
	require.Equal(t, map[string]layout.Layout{"a": {
		{When: &layout.When{Screen: layout.Patterns{"1001", "A*"}, People: layout.Range{From: 2, To: 4, Set: true},
			Who: layout.Patterns{"Bob"}, Speaking: layout.Patterns{"none"}}, Regions: []layout.Region{
			{At: []layout.Length{layout.Px(0), layout.Px(0), layout.Percent(75), layout.Percent(100)}, Take: "screen",
				Order: layout.Patterns{"newest"}, Fit: "contain", Z: -1},
			{At: []layout.Length{layout.Px(960), layout.Px(0), layout.Percent(25), layout.Percent(100)},
				Grid: layout.Grid{Columns: 6, Rows: 1}, Skip: []int{3}, Keep: "longest", Gap: layout.Px(0),
				Round: layout.Percent(2), Border: "4 #ffffff", Order: layout.Patterns{"Alice", "*"},
				Not: layout.Patterns{"Bob"}, Label: "none", Empty: "/etc/pictures/a.png", Background: "#102030"},
		}},
		{Regions: []layout.Region{{At: []layout.Length{layout.Px(0), layout.Px(0), layout.Percent(100),
			layout.Percent(100)}, Grid: layout.Grid{Auto: true}}}},
	}}, c.Layouts)

	changed := *c
	changed.Layouts = nil
	require.True(t, Diff(c, &changed).Workers)
	require.True(t, Diff(c, c).Empty())
}

func TestLayoutsThatAreWrong(t *testing.T) {
	region := func(text string) string { return "    - regions: [{at: [0, 0, 50%, 50%], " + text + "}]" }
	for _, c := range []struct{ lines, want string }{
		{region("takee: screen"), `there is no option "takee" in regions; did you mean take?`},
		{region("take: screens"), `take: "screens" means nothing; did you mean screen?`},
		{region("grid: 3"), `grid: "3" is no grid; write auto, or columns and rows as in 3x2`},
		{region("grid: 8x8"), `grid: "8x8" has 64 cells; 1 to 49 are possible`},
		{region("grid: 2x2, skip: [5]"), `skip: there is no cell 5 in 2x2; cells are counted from 1 to 4`},
		{region("grid: 1x2, skip: [1, 2]"), `skip leaves no cell`},
		{region("skip: [1]"), `skip means nothing without cells of a fixed place`},
		{region("gap: 4"), `gap means nothing without a grid`},
		{region("keep: more"), `keep: more needs a second cell`},
		{region("take: floor, grid: auto"), `take: floor is one person`},
		{region("who: 1001"), `who: YAML takes "1001" for a number; put it into quotes`},
		{region("who: '[a'"), `close each [ with a ]`},
		{region("order: [joined, Bob]"), `order: joined stands alone`},
		{region("border: red"), `border: "red" is no border; write a colour such as "#ffffff"`},
		{region("background: '#fff'"), `background: "#fff" is no colour`},
		{region("fit: fill"), `fit: "fill" means nothing; it is one of auto`},
		{region("round: -3"), `round: "-3" is negative`},
		{region("round: 3em"), `round: "3em" is no length; write it as 320 (pixels) or 25%`},
		{region("z: 100"), `z: 100 is not between -99 and 99`},
		{region("label: short"), `label: "short" means nothing`},
		{"    - regions: [{take: screen}]",
			`3:17: at is missing: where is the region?; write at: [LEFT, TOP, WIDTH, HEIGHT]`},
		{"    - regions: [{at: [0, 0, 50%]}]", `3:22: at has 3 values`},
		{"    - regions: [{at: [60%, 0, 50%, 50%]}]", `3:22: the region ends off the canvas: 60% and 50% are more than 100%`},
		{"    - regions: [{at: [0, 0, 0, 50%]}]", `3:22: the region is 0 wide`},
		{"    - regions: [{at: [0, 0, 60%, 50%]}, {at: [50%, 10%, 50%, 50%]}]",
			`regions 1 and 2 of the rule overlap, and both have z: 0; give the upper one a larger z:`},
		{"    - regions: []", `3:16: the rule has no regions`},
		{"    - when: {screen: any}\n      regions: [{at: [0, 0, 50%, 50%]}]",
			`3:13: the last rule has a condition: nothing would be shown when no rule holds; add a rule without when:`},
		{rest + "\n" + rest, `4:7: the rule is never reached: rule 1 holds whenever it does; put the rule with more`},
		{"    - when: {people: 2..}\n      regions: [{at: [0, 0, 50%, 50%]}]\n" +
			"    - when: {people: 3..4, screen: any}\n      regions: [{at: [0, 0, 50%, 50%]}]\n" + rest,
			`5:7: the rule is never reached: rule 1 holds whenever it does`},
		{"    - when: {people: 4..2}\n      regions: [{at: [0, 0, 50%, 50%]}]\n" + rest, `"4..2" is empty`},
		{"    - when: {peple: 2}\n      regions: [{at: [0, 0, 50%, 50%]}]\n" + rest, `did you mean people?`},
		{"    - when: {}\n      regions: [{at: [0, 0, 50%, 50%]}]\n" + rest, `when has no condition`},
		{"    - when: {screen: [any, A]}\n      regions: [{at: [0, 0, 50%, 50%]}]\n" + rest, `any and none stand alone`},
		{"    regions: []", `a is a list; begin each item with a dash`},
		{"    []", `the layout has no rules`},
		{rest + "\n  grid:\n" + rest, `4:3: the layout grid is built in; take another name`},
		{rest + "\n  a b:\n" + rest, `4:3: "a b" is no name for a layout`},
		{rest + "\n  b:", `4:3: the layout b is empty`},
	} {
		_, _, err := Parse([]byte(withLayout(c.lines)), "/", nil, layoutsOnly)
		var all *Error
		require.ErrorAs(t, err, &all, c.lines)
		require.Contains(t, all.Error(), c.want, c.lines)
		require.Len(t, all.Problems, 1, "%s\n%v", c.lines, all)
		require.Positive(t, all.Problems[0].Line, c.lines)
	}
	_, _, err := Parse([]byte(withLayout(rest)), "/", []string{"UPRIGHT_LAYOUTS_REGIONS_Z=1"}, layoutsOnly)
	require.ErrorContains(t, err, "UPRIGHT_LAYOUTS_REGIONS_Z: a layout cannot be given by the environment")
}

// FuzzLayouts reads layouts: what is not refused has rules of which the last one always holds.
func FuzzLayouts(f *testing.F) {
	f.Add(rest)
	f.Add("    - {when: {screen: any}, regions: [{at: [0, 0, 75%, 1], take: screen}]}\n" + rest)
	f.Add("    - regions: [{at: [0,0,10%,100%], grid: 1x4, skip: [2], keep: newest, empty: x.png, gap: 3}]")
	f.Fuzz(func(t *testing.T, text string) {
		c, _, err := Parse([]byte(withLayout(text)), "/", nil, layoutsOnly)
		if err != nil {
			return
		}
		for name, l := range c.Layouts {
			if len(l) == 0 || l[len(l)-1].When != nil || layout.CheckName(name) != nil {
				t.Fatalf("%s: %+v", text, c.Layouts)
			}
			l.Check(1280, 720)
		}
	})
}
