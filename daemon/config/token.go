package config

import (
	"fmt"
	"strings"
)

// A token that is shorter can be guessed, one that is longer is some other file.
const (
	minToken = 16
	maxToken = 4096
)

// Token reads the token that clients have to know: the text of TokenFile without white space around it. Without a
// TokenFile it is "".
func (h HTTP) Token() (string, error) {
	if h.TokenFile == "" {
		return "", nil
	}
	data, err := readFile("http.token_file", h.TokenFile, maxToken)
	if err != nil {
		return "", err
	}
	token := strings.TrimSpace(string(data))
	switch {
	case len(token) < minToken:
		return "", fmt.Errorf("the token in http.token_file %s is too short to be safe: it needs %d characters "+
			"(openssl rand -hex 32)", h.TokenFile, minToken)
	case len(data) > maxToken, strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", fmt.Errorf("http.token_file %s holds more than a token: it is one word of ASCII characters, at "+
			"most %d", h.TokenFile, maxToken)
	}
	return token, nil
}
