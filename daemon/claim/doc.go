// Package claim keeps jobs from converting the same recording twice and from taking each other's names, with nothing
// but the output folder to go by: daemons that know nothing of each other may write to it, from several hosts, and each
// may be killed at any moment.
//
// The outputs of a recording are called NAME.*, or, if that is taken, NAME.2.*, NAME.3.*, … They are complete when the
// report NAME.json is there, which says by its identity whose they are. Until then there is a claim, the file
// .NAME.claim: JSON that says who works on what. It appears with its content, by a hard link. Its owner holds a lock on
// it (flock) and touches it every few seconds, so that others can tell that it is alive: on the same machine by lock
// and process, from elsewhere by the time. Before outputs get their names the claim lists them with their checksums: so
// whoever finds a dead claim knows which files under the name are half of a result and which are somebody else's.
//
// Unfinished files are in a folder of their own, .upright-KEY, whose name follows from the job: a later attempt finds
// and removes it.
package claim
