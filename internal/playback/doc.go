// Package playback plays converted files in Chromium, as a user's browser does, and says what is wrong with what it
// showed: that a file is right in the eyes of ffmpeg does not say that a browser plays it, or the right way up.
//
// Only tests use it. They need Chromium (scripts/setup test) and skip without it, except under `make test` and in
// continuous integration, where they fail.
package playback
