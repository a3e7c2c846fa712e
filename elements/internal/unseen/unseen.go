// Package unseen names the custom events that stand in front of pictures which are to be decoded, because others are
// predicted from them, but not to be seen. mjrsrc sends them, and cvorotate leaves the pictures between them out.
// Decoders keep such events in their place among the pictures; the flag DECODE_ONLY of buffers does not survive
// depayloaders.
package unseen

// Names of the events' structures.
const (
	Hide = "upright-hide" // what follows is not to be seen
	Show = "upright-show" // … is
)
