package main

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// seconds writes a time on a recording's own clock: 12.34 s, 3:25.1, 1:02:03.4.
func seconds(ms float64) string {
	sign := ""
	if ms < 0 {
		sign, ms = "-", -ms
	}
	if hundredths := math.Round(ms / 10); hundredths < 6000 {
		if hundredths == 0 {
			sign = ""
		}
		return fmt.Sprintf("%s%.2f s", sign, hundredths/100)
	}
	tenths := int64(math.Round(ms / 100))
	h, m, s := tenths/36000, tenths/600%60, tenths%600
	if h > 0 {
		return fmt.Sprintf("%s%d:%02d:%02d.%d", sign, h, m, s/10, s%10)
	}
	return fmt.Sprintf("%s%d:%02d.%d", sign, m, s/10, s%10)
}

// percent writes a share. A loss that exists is never written as 0.
func percent(part, whole int) string {
	if part == 0 || whole == 0 {
		return "0 %"
	}
	p := 100 * float64(part) / float64(whole)
	if p < 0.1 {
		return "<0.1 %"
	}
	return fmt.Sprintf("%.1f %%", p)
}

// count writes a number with its noun: 1 packet, 2 packets.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// wrap breaks text at spaces into lines of at most width characters, words that are longer excepted.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// columns lays cells out under each other, two spaces between columns. right says which columns hold numbers.
func columns(rows [][]string, right []bool) []string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	lines := make([]string, len(rows))
	for n, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			if i > 0 {
				b.WriteString("  ")
			}
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i < len(right) && right[i] {
				b.WriteString(pad + cell)
			} else {
				b.WriteString(cell + pad)
			}
		}
		lines[n] = strings.TrimRight(b.String(), " ")
	}
	return lines
}
