// Package mjr reads and writes MJR files, the RTP dumps of Janus Gateway: one file per stream, every packet as it
// arrived.
//
// A file is a header followed by records up to its end. There is no index, no checksum and no end mark. All integers
// are big-endian. Lengths are 16 bits, so neither a header nor a packet is longer than 65535 bytes. Three generations
// exist (src/record.c of Janus, changed in 2015 and 2019); in all of them the part of a record in front of its payload
// has 10 bytes, with the length in the last two.
//
// Generation 2 (since v0.7.4, 2019): JSON header, arrival times.
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|      'M'      |      'J'      |      'R'      |      '0'      |  file header, once
//	|      '0'      |      '0'      |      '0'      |      '2'      |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|         length of JSON        |  JSON ...                     |
//	+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
//	|      'M'      |      'E'      |      'E'      |      'T'      |  record, repeated
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|       arrival, ms since the first record (monotonic)          |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|       length of payload       |  payload ...                  |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//
// Generation 1 (2015 to v0.7.3): JSON header, no arrival times.
//
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|   "MJR00001" (8 bytes)                                        |  file header, once
//	|         length of JSON        |  JSON ...                     |
//	+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
//	|   "MEETECHO" (8 bytes)                                        |  record, repeated
//	|       length of payload       |  payload ...                  |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//
// Generation 0 (2014 to 2015): records as in generation 1. The file header looks like a record too: "MEETECHO", length
// 5, then "audio" (always Opus) or "video" (always VP8). Nothing else is known.
//
// The payload is a complete RTP packet with CSRCs, header extension and padding, in order of arrival; in a data file
// (kind [Data]) it is the wall clock in µs since the Unix epoch (64 bits) and one message.
//
// # Damage
//
// Real files are cut off (a killed server loses its write buffer), have holes (a full disk: the server goes on behind a
// half-written record) and end in zeros (power failure). [Reader] finds its way back to the next record and accounts
// for every byte: the header, the records and the damage add up to the size of the file.
//
// There are no checksums, so some damage cannot be seen: bytes that were overwritten inside a payload, and a record cut
// short whose missing part is made up by something that is no whole record itself. Of joined files, the second header
// is damage and its records follow as if they were the first file's, with arrival times that begin anew.
package mjr
