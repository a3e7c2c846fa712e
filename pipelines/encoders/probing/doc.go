// Package probing finds out which of the elements that package encoders knows work on this machine, and chooses among
// them.
//
// That GStreamer has an element says little: a driver may be missing, a container may lack the rights to a device, a
// GPU may decode only, a session may be one too many. So an encoder counts when it has encoded a few pictures of
// several sizes in a child process ([Probe], which a [Selector] starts), and what came out has been read again. A Route
// is tried in the same way. What was found is remembered below the user's cache folder, for as long as GStreamer, the
// driver, the devices and the plugin stay what they were.
package probing
