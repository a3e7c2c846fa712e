package human

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

var units = []struct {
	name string
	size float64
}{
	{"B", 1},
	{"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
}

var size = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]*)$`)

// Bytes is a size, which people write as 512MiB.
type Bytes int64

// ParseBytes reads a size as 512MiB, 1.5GB, 100 (bytes) or 0. Units of 1000 are kB, MB, GB and TB, those of 1024 KiB to
// TiB.
func ParseBytes(s string) (Bytes, error) {
	m := size.FindStringSubmatch(s)
	if m == nil {
		if strings.HasPrefix(s, "-") {
			return 0, fmt.Errorf("%s is negative", Quote(s))
		}
		return 0, fmt.Errorf("%s is no size; write it as 512MiB or 2GiB", Quote(s))
	}
	factor := 0.0
	for _, u := range units {
		if strings.EqualFold(m[2], u.name) {
			factor = u.size
		}
	}
	switch {
	case factor != 0:
	case m[2] == "":
		factor = 1
	default:
		hint := "units are B, kB, MB, GB, TB, KiB, MiB, GiB and TiB"
		for _, u := range units {
			if strings.EqualFold(m[2]+"iB", u.name) {
				hint = "write " + m[1] + u.name
			}
		}
		return 0, fmt.Errorf("%s has a unit that is not known; %s", Quote(s), hint)
	}
	if factor == 1 { // exact even where a float64 is not
		if i, err := strconv.ParseInt(m[1], 10, 64); err == nil {
			return Bytes(i), nil
		}
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil || n*factor >= math.MaxInt64 {
		return 0, fmt.Errorf("%s is too large", Quote(s))
	}
	if n*factor != math.Trunc(n*factor) {
		return 0, fmt.Errorf("%s is no whole number of bytes", Quote(s))
	}
	return Bytes(n * factor), nil
}

// String writes a size with the largest binary unit that needs no fraction. ParseBytes reads it back.
func (b Bytes) String() string {
	if b == 0 {
		return "0"
	}
	for i := len(units) - 1; i > 0; i-- {
		u := units[i]
		if n := int64(u.size); strings.HasSuffix(u.name, "iB") && int64(b)%n == 0 {
			return strconv.FormatInt(int64(b)/n, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(b), 10) + "B"
}
