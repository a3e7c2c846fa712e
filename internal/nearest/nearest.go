// Package nearest finds what somebody meant who has mistyped a word.
package nearest

import "strings"

// Option is the one that somebody who wrote word most likely meant, or "". Case, hyphens and order of options do not
// count.
func Option(word string, options []string) string {
	if len(word) > 64 {
		return "" // no typing error of anything
	}
	word = Normal(word)
	best, at := "", max(1, min(3, (len([]rune(word))+1)/3))+1
	for _, o := range options {
		n := Normal(o)
		if n == word {
			return o
		}
		if d := distance(word, n); d < at {
			best, at = o, d
		}
	}
	if best != "" || len(word) < 3 {
		return best
	}
	// An abbreviation, or a word too many: "attempt_limit".
	var some []string
	for _, o := range options {
		if n := Normal(o); strings.HasPrefix(n, word) || len(n) > 3 && strings.HasPrefix(word, n) {
			some = append(some, o)
		}
	}
	if len(some) == 1 {
		return some[0]
	}
	return ""
}

// Normal is a word without what people do not tell apart in names of options: case, hyphens.
func Normal(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "_") }

// distance is how many characters have to be put in, left out, replaced, or swapped with their neighbour to get from a
// to b (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			replace := rows[i-1][j-1]
			if x[i-1] != y[j-1] {
				replace++
			}
			rows[i][j] = min(replace, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
