// Package encoders knows the GStreamer elements that encode pictures: which there are for a codec, in which order they
// are preferred, and how each is told the same thing. Where a device also decodes and turns pictures, a Route says how
// they stay in its memory. All of it is tables and functions of values: which encoders really work on a machine is
// found out by package probing.
//
// A codec is never exchanged for another: who chooses goes from one element of a codec to the next.
package encoders
