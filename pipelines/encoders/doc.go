// Package encoders knows the GStreamer elements that encode pictures: which there are for a codec, in which order they are
// preferred, how each is told the same thing, and which of them really work on this machine.
//
// That GStreamer has an element says little: a driver may be missing, a container may lack the rights to a device, a GPU
// may decode only, a session may be one too many. So an encoder counts when it has encoded a few pictures of several sizes
// in a child process ([Probe], which a [Selector] starts), and what came out has been read again. What was found is
// remembered below the user's cache folder, for as long as GStreamer, the driver, the devices and the plugin stay what
// they were.
//
// Where a device also decodes and turns pictures, a Route says how they stay in its memory; it is tried in the same way.
//
// A codec is never exchanged for another: a Selector goes from one element of a codec to the next.
package encoders
