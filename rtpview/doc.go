// Package rtpview looks at an RTP packet (RFC 3550 section 5.1) where it lies: no copy, no allocation.
//
// It exists beside pion/rtp for reading whole recordings, packet by packet, from senders that bend the rules:
//
//   - RTCP and other packets that are no RTP are told apart from RTP (RFC 5761 section 4);
//   - a header extension that ends in the middle of an element costs that element, not the packet's media;
//   - the two-byte form is read with any appbits (profiles 0x1000 to 0x100F, RFC 8285 section 4.3).
//
// Where pion/rtp accepts a packet too, both see the same.
package rtpview
