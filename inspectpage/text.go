package inspectpage

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// clean makes a text from outside printable: bytes that are no UTF-8 and characters that control a terminal, a line or
// the direction of writing become the replacement character. Escaping is the template's.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Bidi_Control, r), r == '\u2028', r == '\u2029':
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, string(unicode.ReplacementChar)))
}

// longest is a time that can be rounded.
const longest = math.MaxInt64 - time.Second

// clock writes a time on a participant's axis as the program's table does: 12.34 s, 3:25.1, 1:02:03.4.
func clock(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "−", -max(d, -longest)
	}
	d = min(d, longest)
	if hundredths := (d + 5*time.Millisecond) / (10 * time.Millisecond); hundredths < 6000 {
		if hundredths == 0 {
			sign = ""
		}
		return fmt.Sprintf("%s%d.%02d s", sign, hundredths/100, hundredths%100)
	}
	tenths := int64(d / (100 * time.Millisecond))
	if d%(100*time.Millisecond) >= 50*time.Millisecond {
		tenths++
	}
	h, m, s := tenths/36000, tenths/600%60, tenths%600
	if h > 0 {
		return fmt.Sprintf("%s%d:%02d:%02d.%d", sign, h, m, s/10, s%10)
	}
	return fmt.Sprintf("%s%d:%02d.%d", sign, m, s/10, s%10)
}

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

// count writes a number with its noun: 1 packet, 2 packets.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(int64(n)) + " " + noun + "s"
}

// share writes a part of a whole in percent. A part that exists is never written as 0.
func share(part, whole int) string {
	if part == 0 || whole == 0 {
		return "0 %"
	}
	p := 100 * float64(part) / float64(whole)
	if p < 0.1 {
		return "<0.1 %"
	}
	return fmt.Sprintf("%.1f %%", p)
}

// size writes a number of bytes.
func size(n int64) string {
	v, unit := scaled(float64(n), "B", "kB", "MB", "GB")
	if unit == "B" {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", v, unit)
}

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
