package inspectpage

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// colours are the variables of a block of the style sheet.
func colours(t *testing.T, block string) map[string]float64 {
	all := map[string]float64{}
	for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`).FindAllStringSubmatch(block, -1) {
		all[m[1]] = luminance(t, m[2])
	}
	return all
}

// luminance is the relative luminance of WCAG 2.
func luminance(t *testing.T, hex string) float64 {
	var rgb [3]int
	_, err := fmt.Sscanf(hex, "%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2])
	require.NoError(t, err)
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v := float64(rgb[i]) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}

func contrast(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }

// Words and pictures have the contrast that WCAG 2 level AA asks for, in light and in dark.
func TestContrast(t *testing.T) {
	light, dark, ok := strings.Cut(pageCSS, "@media screen and (prefers-color-scheme: dark)")
	require.True(t, ok)
	dark, _, ok = strings.Cut(dark, "\n}\n")
	require.True(t, ok)
	lightColours, darkColours := colours(t, light), colours(t, dark)
	require.Len(t, darkColours, len(lightColours), "each colour in both")
	for scheme, c := range map[string]map[string]float64{"light": lightColours, "dark": darkColours} {
		for _, words := range []string{"text", "muted", "link", "video", "audio", "data", "hidden"} {
			for _, ground := range []string{"bg", "surface"} {
				require.GreaterOrEqual(t, contrast(c[words], c[ground]), 4.5, "%s: %s on %s", scheme, words, ground)
			}
		}
		for _, words := range []string{"text", "muted"} {
			for _, ground := range []string{"warn-ground", "bad-ground"} {
				require.GreaterOrEqual(t, contrast(c[words], c[ground]), 4.5, "%s: %s on %s", scheme, words, ground)
			}
		}
		for _, ink := range []string{"silent", "frozen", "jump", "loss", "good", "fit", "unknown", "duplicate", "late",
			"padding", "foreign", "notrtp", "malformed"} {
			require.GreaterOrEqual(t, contrast(c[ink], c["bg"]), 3.0, "%s: %s", scheme, ink)
		}
	}
}

// Kinds of holes differ in more than colour.
func TestHolesDifferWithoutColour(t *testing.T) {
	root := drawn(t, Page{})
	patterns, letters := map[string]bool{}, map[string]bool{}
	for _, k := range kinds {
		var shape string
		for _, n := range elements(root, "pattern") {
			if attr(n, "id") == k.Name {
				for _, c := range append(elements(n, "path"), append(elements(n, "rect"), elements(n, "circle")...)...) {
					shape += c.Data + attr(c, "d") + attr(c, "width") + attr(c, "r")
				}
			}
		}
		require.NotEmpty(t, shape, k.Name)
		patterns[shape], letters[k.Letter] = true, true
		require.Contains(t, pageCSS, fmt.Sprintf(".hole.%s { fill: url(#%s)", k.Name, k.Name))
	}
	require.Len(t, patterns, len(kinds))
	require.Len(t, letters, len(kinds))
}

// Everything that is drawn has a rule that colours it: what has none would be black, on black in the dark.
func TestClassesHaveRules(t *testing.T) {
	p := sample10()
	audio := long(2*time.Hour, 1, time.Minute).Tracks[2] // has peaks
	p.Tracks = append(p.Tracks, audio)
	var rules []string
	for _, m := range regexp.MustCompile(`\.([a-z0-9-]+)`).FindAllStringSubmatch(pageCSS, -1) {
		rules = append(rules, m[1])
	}
	seen := map[string]bool{}
	for n := range drawn(t, one(p)).Descendants() {
		if n.Type != html.ElementNode || (n.Data != "rect" && n.Data != "path" && n.Data != "line" && n.Data != "circle") {
			continue
		}
		class := attr(n, "class")
		parent := attr(n.Parent, "class") + attr(n.Parent, "id")
		if class == "" {
			require.Contains(t, []string{"axis", "person"}, parent, "a %s without a class", n.Data)
			continue
		}
		for _, c := range strings.Fields(class) {
			seen[c] = true
			require.Contains(t, rules, c, "%s %q", n.Data, class)
		}
	}
	for _, c := range []string{"mean", "peak", "least", "fit", "distance", "lost", "hole", "media", "hidden", "key",
		"turn", "size", "fate", "frame"} {
		require.True(t, seen[c], c)
	}
}

// The manual explains what the page shows.
func TestDocs(t *testing.T) {
	manual, err := os.ReadFile("../../docs/inspect.md")
	require.NoError(t, err)
	for _, k := range kinds {
		require.Contains(t, string(manual), "**"+k.Letter+"** "+k.Name)
	}
	for _, f := range fates {
		require.Contains(t, string(manual), "`"+f.Name+"`")
	}
	for _, l := range []string{"media", "loss", "bitrate", "which way up", "picture size", "arrival − RTP time"} {
		require.Contains(t, string(manual), "### "+l)
	}
}
