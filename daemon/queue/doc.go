// Package queue keeps jobs so that none is lost and none is done twice, whatever dies: NATS JetStream, inside this
// process (a file store below the state folder, no listening port) or a cluster that several daemons share.
//
// The record of a job in the key-value bucket is the truth; a message in the work-queue stream says that somebody has
// to look at it. The message is acknowledged when the job has ended, so a daemon that dies leaves it to the next one.
package queue
