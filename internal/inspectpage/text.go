package inspectpage

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/upright-media/upright/internal/human"
)

// instant is a moment for people, in UTC.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000 UTC") }

// grouped writes a number with thin spaces between groups of three digits.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteRune('\u202f')
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

// count writes a number, in groups of digits, with its noun.
func count(n int, noun string) string { return grouped(int64(n)) + " " + human.Noun(n, noun) }

// scaled finds the unit, each a thousand times the one before, that makes v a number from 1 to 1000.
func scaled(v float64, units ...string) (float64, string) {
	i := 0
	for math.Abs(v) >= 1000 && i < len(units)-1 {
		v /= 1000
		i++
	}
	return v, units[i]
}

// number writes a number with as few decimals as it has, at most three.
func number(v float64) string {
	s := strconv.FormatFloat(v, 'f', 3, 64)
	s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	if s == "-0" {
		s = "0"
	}
	return strings.Replace(s, "-", "−", 1)
}

// drift writes how fast a sender's clock is. A hundredth of a second in a minute is noise of the network.
func drift(t *Track) string {
	if !t.DriftKnown {
		return ""
	}
	if math.Abs(t.DriftPPM) < 0.05 {
		return "0 ppm"
	}
	return strings.Replace(fmt.Sprintf("%+.1f ppm", t.DriftPPM), "-", "−", 1)
}
