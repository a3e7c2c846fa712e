// Package timeline turns the packets of recordings into ordered, timed, oriented and accounted units: pictures,
// audio packets, messages.
//
// A file is read twice, each time as a stream, so that memory does not grow with the recording. The first reading
// ([Load]) finds out how the sender's clock runs against the server's, where it jumps, which pictures can be decoded
// and which way up they are. The second ([Timeline.Open]) hands out the units with their presentation times.
//
// Both readings go through the same stages:
//
//	source     -> sequencer   order by extended sequence number, drop duplicates, bridge restarts
//	           -> assembler   packets of one RTP time -> unit, and whether all of it is there
//	           -> decodability       can it be decoded, which way up is it
//
// # Clocks
//
// Janus stores no RTCP, so nothing maps RTP time to wall clock. What there is: the wall clock of a file's first record
// (header key "u") and each record's arrival on the server's monotonic clock. A packet never arrives before it was
// sent; so arrival minus RTP time, over a whole file, has a lower edge that the network cannot move, and the slope of
// that edge is the drift between both clocks. Each continuous piece of an RTP clock (segment) gets its own offset.
//
// Presentation time runs with the audio's clock: audio that is copied is never cut or stretched, and video is mapped
// onto it through the server's clock.
package timeline
