// Package daemon has no code, only tests: the whole of `upright serve`, as a process, with real recordings, real child
// processes, a real NATS cluster and a real S3 server, while whatever can go wrong on a machine does.
package daemon
