// Package inspectpage draws what recordings hold, for a person to read at a glance: one HTML page with everything in
// it, that needs no network and no other file.
//
// A [Page] is made of plain values. [NewParticipant] fills them from files that were read, [Write] draws them. What a
// reader sees, and how it is to be read, is described in docs/inspect.md.
//
// All positions on a participant's time axis are percentages of its width, so that bars, figures and words keep their
// size on every screen; only the curves are stretched. Colours are CSS variables, for light and dark.
package inspectpage
