package api

import "time"

// Document is what GET /api/v1/openapi.json answers.
var Document = document

// Policy is the Content-Security-Policy of all answers.
const Policy = policy

// Routes are the patterns of the API.
func Routes() (patterns []string) {
	for _, r := range routes {
		patterns = append(patterns, r.pattern)
	}
	return patterns
}

// SetSlow shortens the times for slow readers, in the same way as SetTimes.
func SetSlow(all, part time.Duration) (restore func()) {
	a, p := sending, partTime
	sending, partTime = all, part
	return func() { sending, partTime = a, p }
}

// SetTimes shortens the times of event streams. It is for the start of a test, before there is a stream.
func SetTimes(alive, reader time.Duration) (restore func()) {
	a, p := keepAlive, patience
	keepAlive, patience = alive, reader
	return func() { keepAlive, patience = a, p }
}

var Encrypted = encrypted
